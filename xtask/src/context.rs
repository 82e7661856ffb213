//! What every task starts from: a shell that stands in the root of the repository.

use std::error::Error;
use std::path::{Path, PathBuf};

use xshell::{Shell, cmd};

use crate::workspace::Workspace;

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

pub(crate) struct Context {
    pub(crate) sh: Shell,
    pub(crate) root: PathBuf,
}

impl Context {
    pub(crate) fn new() -> Result<Self> {
        // Read when the program runs, not when it is built: clones may share a target directory.
        let manifest_dir =
            std::env::var_os("CARGO_MANIFEST_DIR").ok_or("start me as `cargo xtask`")?;
        let root = Path::new(&manifest_dir)
            .parent()
            .ok_or("xtask/ stands in no repository")?
            .to_path_buf();
        let sh = Shell::new()?;
        sh.change_dir(&root);
        Ok(Self { sh, root })
    }

    /// The members of this workspace.
    pub(crate) fn workspace(&self) -> Result<Workspace> {
        let sh = &self.sh;
        let json = cmd!(sh, "cargo metadata --no-deps --format-version 1 --locked")
            .quiet()
            .read()?;
        Workspace::parse(&json)
    }

    /// A workspace beside ours, whose lock file is its own affair.
    pub(crate) fn workspace_in(&self, folder: &str) -> Result<Workspace> {
        let sh = &self.sh;
        let manifest = self.root.join(folder).join("Cargo.toml");
        if !manifest.exists() {
            return Err(format!("there is no {folder}/Cargo.toml yet").into());
        }
        let json = cmd!(
            sh,
            "cargo metadata --no-deps --format-version 1 --manifest-path {manifest}"
        )
        .quiet()
        .read()?;
        Workspace::parse(&json)
    }

    /// Where the optional tools are: installed by `cargo xtask tools`, never found by chance.
    pub(crate) fn tool(&self, name: &str) -> Result<PathBuf> {
        let program = self.tools_dir()?.join("bin").join(name);
        if program.exists() {
            return Ok(program);
        }
        Err(format!("{name} is not installed: run `cargo xtask tools {name}`").into())
    }

    pub(crate) fn tools_dir(&self) -> Result<PathBuf> {
        Ok(self.target_dir()?.join("tools"))
    }

    pub(crate) fn target_dir(&self) -> Result<PathBuf> {
        Ok(self.workspace()?.target_directory)
    }
}

/// CI packs and judges the commit; a developer may have work that is not committed yet.
pub(crate) fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty())
}
