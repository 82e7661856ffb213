//! The suite: its server, its client, and what came of its tests.

use buttress_benches::{Result, npm, process::Process};
use serde::Deserialize;
use std::{
    io::Read,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// The newest that npm has.
pub(super) const PACKAGE: &str = "http-cache-tests@0.4.5";
const CLIENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/bin/cache-tests/run.mjs");
/// It waits some three seconds a few times; by then something hangs.
const LIMIT: Duration = Duration::from_secs(300);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// What a specification demands.
    Required,
    /// What makes a cache better, and is left to it.
    Optimal,
    /// What is only looked at.
    Check,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Outcome {
    pub(super) id: String,
    pub(super) kind: Kind,
    pub(super) passed: bool,
    /// What the suite says of one that has not passed.
    pub(super) said: String,
}

/// The suite's server, which all tests are about in the end.
pub(super) struct Suite {
    modules: PathBuf,
    pub(super) origin: SocketAddr,
    _server: Process,
}

impl Suite {
    /// Installs it, unless that was done before, and starts its server.
    pub(super) fn start() -> Result<Self> {
        let modules = npm::install(&[PACKAGE])?.join("node_modules");
        // Free when it is asked for; nobody else is given it soon.
        let origin = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let folder = modules.join("http-cache-tests");
        let mut command = Command::new("node");
        command
            .arg("server/server.mjs")
            .current_dir(&folder)
            .env("npm_config_protocol", "http")
            .env("npm_config_port", origin.port().to_string())
            .env("npm_config_pidfile", folder.join("server.pid"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let suite = Self {
            modules,
            origin,
            _server: Process::start(&mut command)?,
        };
        for _ in 0..500 {
            if TcpStream::connect(origin).is_ok() {
                return Ok(suite);
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err("the suite's server does not listen".into())
    }

    /// What comes of its tests when they are run against this.
    pub(super) fn run(&self, subject: SocketAddr) -> Result<Vec<Outcome>> {
        let mut client = client(&self.modules, subject).spawn()?;
        let stdout = client.stdout.take().ok_or("no stdout")?;
        let output = thread::spawn(move || {
            let mut text = String::new();
            { stdout }.read_to_string(&mut text).map(|_| text)
        });
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = client.try_wait()? {
                break status;
            }
            if begun.elapsed() > LIMIT {
                client.kill()?;
            }
            thread::sleep(Duration::from_millis(100));
        };
        let output = output.join().map_err(|_| "its output is lost")??;
        match status.success() {
            true => Ok(serde_json::from_str(&output)?),
            false => Err("the suite's client has failed".into()),
        }
    }
}

fn client(modules: &Path, subject: SocketAddr) -> Command {
    let mut command = Command::new("node");
    command
        .args(["--no-warnings", CLIENT])
        .arg(modules)
        .arg(format!("http://{subject}"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    command
}
