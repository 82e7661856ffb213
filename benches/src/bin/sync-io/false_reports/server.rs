//! The production example in a process of its own, and what it says.

use buttress_benches::{Result, example};
use std::{
    io::{self, BufRead, BufReader, Read},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

/// Dropping it ends it.
pub(super) struct Server {
    child: Child,
    addr: SocketAddr,
    reports: Receiver<String>,
}

impl Server {
    /// Builds and starts it.
    pub(super) fn start() -> Result<Self> {
        // Not a debug build: what computes for more than 20 ms is reported, and rightly.
        let program = example::build("production")?;
        let mut child = Command::new(program)
            .args(["--listen", "127.0.0.1:0", "--detect", "exact"])
            .args(["--panic-budget", "1000000"])
            .env("APP_ENV", "test")
            .env(
                "APP_SESSION_SECRET",
                "a secret that only this bench knows, of 64 bytes or even more ..",
            )
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().ok_or("it has no stdout")?;
        let err = child.stderr.take().ok_or("it has no stderr")?;
        let reports = reports(err);
        let addr = address(out);
        let mut server = Self {
            child,
            addr: SocketAddr::from(([127, 0, 0, 1], 0)),
            reports,
        };
        server.addr = addr?;
        Ok(server)
    }

    pub(super) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// All reports up to one with this text.
    pub(super) fn until(&mut self, text: &str, limit: Duration) -> Result<Vec<String>> {
        let (mut all, deadline) = (Vec::new(), Instant::now() + limit);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let report = self.reports.recv_timeout(left);
            let report = report.map_err(|_| format!("no report of {text}: it finds nothing"))?;
            let is_last = report.contains(text);
            all.push(report);
            if is_last {
                return Ok(all);
            }
        }
    }
}

/// From its first line; the rest, its access log, is read and dropped.
fn address(out: impl Read + Send + 'static) -> Result<SocketAddr> {
    let (mut out, mut line) = (BufReader::new(out), String::new());
    out.read_line(&mut line)?;
    let addr = line
        .trim()
        .rsplit("://")
        .next()
        .unwrap_or_default()
        .parse()?;
    thread::spawn(move || io::copy(&mut out, &mut io::sink()));
    Ok(addr)
}

/// The lines of its log that are reports. It says more on that topic, once.
fn reports(err: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, reports) = channel();
    thread::spawn(move || {
        for line in BufReader::new(err).lines().map_while(Result::ok) {
            if line.contains("blocked a worker") && sender.send(line).is_err() {
                break;
            }
        }
    });
    reports
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
