//! What Redis does in one step each.

use crate::session::Session;
use redis::{Cmd, ErrorKind, RedisResult, ServerErrorKind, Value, aio::MultiplexedConnection, cmd};
use std::sync::LazyLock;

macro_rules! script {
    ($name:ident, $($file:literal),+) => {
        pub(crate) static $name: LazyLock<Script> =
            LazyLock::new(|| Script::new(concat!($(include_str!($file)),+)));
    };
}

script!(HELLO, "begin.lua", "hello.lua");
script!(LOOKUP, "lookup.lua");
script!(BODY, "body.lua");
script!(PUT, "begin.lua", "put.lua");
script!(PURGE, "begin.lua", "purge.lua");

/// A script that a server knows by its hash once it was given it.
pub(crate) struct Script {
    text: &'static str,
    hash: String,
}

impl Script {
    fn new(text: &'static str) -> Self {
        let hash = redis::Script::new(text).get_hash().to_owned();
        Self { text, hash }
    }

    /// A call, which still needs its arguments.
    pub(crate) fn call(&self, keys: &[&str]) -> Cmd {
        let mut call = cmd("EVALSHA");
        call.arg(&self.hash).arg(keys.len()).arg(keys);
        call
    }
}

/// Runs a script: one trip, but for the first time, when the server has to be
/// given it.
pub(crate) async fn run(script: &Script, session: &Session, call: &Cmd) -> RedisResult<Value> {
    let mut connection = session.connection();
    match send(&mut connection, call).await {
        Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
            let load = cmd("SCRIPT").arg("LOAD").arg(script.text).to_owned();
            send(&mut connection, &load).await?;
            send(&mut connection, call).await
        }
        result => result,
    }
}

async fn send(on: &mut MultiplexedConnection, call: &Cmd) -> RedisResult<Value> {
    let reply = on.send_packed_command(call).await;
    // A refusal of the server comes as a value.
    reply.and_then(Value::extract_error)
}
