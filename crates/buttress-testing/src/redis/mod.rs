//! A Redis of the test's own.

mod resp;
mod watch;

pub use resp::Reply;
pub use watch::Watch;

use crate::daemon::{Daemon, free_port, signal};
use resp::Connection;
use std::{collections::BTreeMap, net::SocketAddr, process::Command};
use tempfile::TempDir;

/// A `redis-server` on a free port of 127.0.0.1, with nobody else's data.
///
/// It keeps nothing on disk unless told so, and ends with its handle. Its
/// methods block: what they wait for takes milliseconds.
#[derive(Debug)]
pub struct Redis {
    /// `None` once it was killed.
    daemon: Option<Daemon>,
    port: u16,
    dir: TempDir,
    options: Vec<String>,
}

impl Redis {
    /// Starts one.
    ///
    /// # Panics
    ///
    /// If `redis-server` is not installed, or does not answer.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts one with options more, as on its command line:
    /// `["--appendonly", "yes"]` keeps its data over a [`restart`](Self::restart).
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_with(options: &[&str]) -> Self {
        let mut redis = Self {
            daemon: None,
            port: free_port(),
            dir: tempfile::tempdir().expect("a directory for temporary files"),
            options: options.iter().map(ToString::to_string).collect(),
        };
        redis.restart();
        redis
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// `redis://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://{}", self.addr())
    }

    /// Ends it at once, with SIGKILL. Whoever connects is refused.
    pub fn kill(&mut self) {
        self.daemon = None;
    }

    /// Stops it with SIGSTOP: the kernel still takes connections and bytes, but
    /// nothing is answered.
    pub fn freeze(&self) {
        signal("STOP", &self.pids());
    }

    /// Lets it go on after [`freeze`](Self::freeze).
    pub fn thaw(&self) {
        signal("CONT", &self.pids());
    }

    /// Starts it anew on the same port; kills it first if it runs.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub fn restart(&mut self) {
        self.kill();
        let daemon = Daemon::start("redis-server", || self.program(), |pid| self.is_ready(pid));
        self.daemon = Some(daemon);
    }

    /// Sends one command on a connection of its own.
    ///
    /// # Panics
    ///
    /// If nobody answers. A command that Redis refuses is a [`Reply::Error`].
    #[must_use]
    pub fn command(&self, words: &[&str]) -> Reply {
        let sent = Connection::open(self.addr()).and_then(|mut it| it.call(words));
        sent.unwrap_or_else(|error| panic!("redis-server does not answer {words:?}: {error}"))
    }

    /// How often each command was called since the start, those of scripts and
    /// of this handle included. [`watch`](Self::watch) tells whose they were.
    ///
    /// # Panics
    ///
    /// If nobody answers.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<String, u64> {
        let stats = self.command(&["INFO", "commandstats"]).text();
        stats.lines().filter_map(calls_of_line).collect()
    }

    /// Writes down what clients send from now on.
    ///
    /// # Panics
    ///
    /// If nobody answers.
    #[must_use]
    pub fn watch(&self) -> Watch {
        Watch::start(self.addr())
    }

    fn program(&self) -> Command {
        let mut command = Command::new("redis-server");
        command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"]);
        command.args(["--save", "", "--appendonly", "no", "--dir"]);
        command.arg(self.dir.path()).args(&self.options);
        command
    }

    /// Whether the process that answers on the port is ours, and has its data.
    fn is_ready(&self, pid: u32) -> bool {
        let info = Connection::open(self.addr()).and_then(|mut it| it.call(&["INFO"]));
        let Ok(Reply::Bytes(info)) = info else {
            return false;
        };
        let info = String::from_utf8_lossy(&info);
        let has = |wanted: &str| info.lines().any(|line| line == wanted);
        has(&format!("process_id:{pid}")) && has("loading:0")
    }

    fn pids(&self) -> Vec<u32> {
        self.daemon.iter().map(Daemon::pid).collect()
    }
}

/// The name and the number of `cmdstat_get:calls=3,usec=12,…`.
fn calls_of_line(line: &str) -> Option<(String, u64)> {
    let (name, stats) = line.strip_prefix("cmdstat_")?.split_once(':')?;
    let calls = stats.split(',').find_map(|it| it.strip_prefix("calls="))?;
    Some((name.to_owned(), calls.parse().ok()?))
}
