//! Processes of servers that live no longer than the test that started them.

mod port;

pub(crate) use port::free_port;

use std::{
    io,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

// Long enough for a loaded machine; a test that hits it has failed anyway.
const LIMIT: Duration = Duration::from_secs(30);

/// A running process; killed when dropped, and also when the test's own process
/// ends without dropping anything.
#[derive(Debug)]
pub(crate) struct Daemon {
    child: Child,
    watchdog: Child,
}

impl Daemon {
    /// Runs what `command` makes until `is_ready`, again where it gives up by
    /// itself: a port or a lock may be free only a moment later.
    pub(crate) fn start(
        what: &str,
        mut command: impl FnMut() -> Command,
        is_ready: impl Fn(u32) -> bool,
    ) -> Self {
        let started = Instant::now();
        let mut daemon = Self::spawn(what, command());
        while !is_ready(daemon.pid()) {
            assert!(
                started.elapsed() < LIMIT,
                "{what} is not ready in {LIMIT:?}"
            );
            thread::sleep(Duration::from_millis(5));
            if daemon.has_ended() {
                daemon = Self::spawn(what, command());
            }
        }
        daemon
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    fn spawn(what: &str, mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.stderr(Stdio::null()).spawn();
        let mut child = child.unwrap_or_else(|error| panic!("{what} does not start: {error}"));
        match watchdog(child.id()) {
            Ok(watchdog) => Self { child, watchdog },
            Err(error) => {
                let _ = child.kill();
                panic!("the watchdog of {what} does not start: {error}");
            }
        }
    }

    /// Waits until it has ended by itself.
    pub(crate) fn wait(&mut self) {
        let ended = self.child.wait();
        ended.expect("a process of ours can be waited for");
    }

    fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // First, so that it cannot hit another process under the same number.
        let _ = self.watchdog.kill();
        let _ = self.watchdog.wait();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A shell that waits for the end of our process, which closes its input.
fn watchdog(pid: u32) -> io::Result<Child> {
    Command::new("sh")
        .args(["-c", r#"read -r _; kill -KILL "$1""#, "sh"])
        .arg(pid.to_string())
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
}

/// Sends a signal, by its name without `SIG`, to processes that may have ended.
pub(crate) fn signal(name: &str, pids: &[u32]) {
    // The shell's own `kill`: not every machine has one as a program.
    let pids = pids.iter().map(ToString::to_string);
    let sent = Command::new("sh")
        .args(["-c", r#"kill "$@""#, "sh", &format!("-{name}")])
        .args(pids)
        .stderr(Stdio::null())
        .status();
    sent.expect("there is a shell");
}
