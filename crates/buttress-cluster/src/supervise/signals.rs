//! The signals that the supervisor knows.

use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

pub(super) enum Heard {
    Child,
    Stop,
    Reload,
    More,
    Fewer,
}

pub(super) struct Signals {
    child: Signal,
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
    more: Signal,
    fewer: Signal,
}

impl Signals {
    /// From here on none of them ends the process, also not as PID 1.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            child: signal(SignalKind::child())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            more: signal(SignalKind::from_raw(SIGTTIN))?,
            fewer: signal(SignalKind::from_raw(SIGTTOU))?,
        })
    }

    pub(super) async fn next(&mut self) -> Heard {
        tokio::select! {
            _ = self.child.recv() => Heard::Child,
            _ = self.terminate.recv() => Heard::Stop,
            _ = self.interrupt.recv() => Heard::Stop,
            _ = self.hangup.recv() => Heard::Reload,
            _ = self.more.recv() => Heard::More,
            _ = self.fewer.recv() => Heard::Fewer,
        }
    }
}

const SIGTTIN: i32 = rustix::process::Signal::TTIN.as_raw();
const SIGTTOU: i32 = rustix::process::Signal::TTOU.as_raw();
