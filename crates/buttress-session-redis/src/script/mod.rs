//! The scripts that make one step, and one command, of each operation.

use redis::Cmd;
use std::sync::LazyLock;

/// A script that the server knows by its hash.
pub(crate) struct Script {
    code: &'static str,
    hash: String,
}

macro_rules! script {
    ($($file:literal),+) => {
        LazyLock::new(|| Script::new(concat!($(include_str!($file), "\n"),+)))
    };
}

pub(crate) static LOAD: LazyLock<Script> = script!("record.lua", "load.lua");
pub(crate) static TOUCH: LazyLock<Script> = script!("record.lua", "touch.lua");
pub(crate) static DELETE: LazyLock<Script> = script!("record.lua", "delete.lua");
pub(crate) static CREATE: LazyLock<Script> = script!("record.lua", "apply.lua", "create.lua");
pub(crate) static COMMIT: LazyLock<Script> = script!("record.lua", "apply.lua", "commit.lua");
pub(crate) static ROTATE: LazyLock<Script> = script!("record.lua", "apply.lua", "rotate.lua");
pub(crate) static LIST_BY_OWNER: LazyLock<Script> = script!("record.lua", "list_by_owner.lua");
pub(crate) static DELETE_BY_OWNER: LazyLock<Script> = script!("record.lua", "delete_by_owner.lua");
#[cfg(feature = "express")]
pub(crate) static SWAP: LazyLock<Script> = script!("swap.lua");

impl Script {
    fn new(code: &'static str) -> Self {
        let hash = redis::Script::new(code).get_hash().to_owned();
        Self { code, hash }
    }

    /// The start of a call; the script's own arguments follow.
    pub(crate) fn call(&self, keys: &[&str]) -> Cmd {
        let mut cmd = redis::cmd("EVALSHA");
        cmd.arg(&self.hash).arg(keys.len()).arg(keys);
        cmd
    }

    /// What makes it known to a server that says it is not.
    pub(crate) fn load(&self) -> Cmd {
        let mut cmd = redis::cmd("SCRIPT");
        cmd.arg("LOAD").arg(self.code);
        cmd
    }
}
