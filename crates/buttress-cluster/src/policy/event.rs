//! What the supervisor hears and what it wants done.

use super::report::Report;
use std::fmt;

/// A worker process, from its start to its end. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id(pub(crate) u64);

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Code(i32),
    Signal(i32),
    /// It never began: the executable is gone, or there is no room for more.
    NotStarted(String),
}

impl Exit {
    /// `EX_CONFIG` of sysexits(3): the next start would fail as this one did.
    const BAD_CONFIGURATION: i32 = 78;

    pub(crate) fn is_bad_configuration(&self) -> bool {
        *self == Self::Code(Self::BAD_CONFIGURATION)
    }

    pub(crate) fn is_clean(&self) -> bool {
        *self == Self::Code(0)
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(70) => f.write_str("code 70, asking for a fresh process"),
            Self::Code(Self::BAD_CONFIGURATION) => f.write_str("code 78, bad configuration"),
            Self::Code(code) => write!(f, "code {code}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
            Self::NotStarted(why) => write!(f, "not started: {why}"),
        }
    }
}

/// What a worker uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Bytes in memory.
    pub(crate) memory: u64,
    /// Requests since its start.
    pub(crate) requests: u64,
    /// When it last said that it runs, by whatever clock: only whether it changes counts.
    pub(crate) beat: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Time has passed.
    Tick,
    /// A worker could serve.
    Ready(Id),
    /// What came of [`Action::Check`].
    Checked(Id, Result<(), String>),
    /// A worker drains of its own accord.
    Leaving(Id),
    /// A process has ended, and was reaped.
    Ended(Id, Exit),
    Measured(Id, Usage),
    Reload,
    Scale(usize),
    /// The end of all; a second time it is to be quick.
    Stop,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Make the sockets of one more slot.
    Open(usize),
    /// Look at the executable anew, for workers that start with `is_new`.
    Look,
    /// The new executable is the one from now on.
    Keep,
    /// The new executable is not to be used.
    Forget,
    Start {
        id: Id,
        slot: usize,
        generation: u64,
        is_new: bool,
    },
    /// Ask a worker that is ready whether it is well.
    Check(Id),
    /// Let it accept connections.
    Serve(Id),
    /// The sockets of `slot` are those of the worker in slot `by`.
    Own {
        slot: usize,
        by: usize,
    },
    /// Say "not ready" to load balancers.
    Announce(Id),
    /// Let it end in order; `last` if nobody will have its sockets.
    Drain {
        id: Id,
        last: bool,
    },
    /// Let it end without waiting for what is in flight.
    Cut(Id),
    /// End one that hangs, so that it leaves a core where cores are kept.
    Abort(Id),
    Kill(Id),
    Report(Report),
    /// All processes have ended.
    Finish(u8),
}
