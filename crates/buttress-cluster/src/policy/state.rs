//! Slots and the workers in them.

use super::event::{Id, Usage};
use std::time::{Duration, Instant};

/// A place that one worker serves at a time, with sockets of its own.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) is_wanted: bool,
    pub(crate) is_given_up: bool,
    /// In a row.
    pub(crate) failures: u32,
    pub(crate) restarts: u64,
    /// Before this, nobody is started here.
    pub(crate) due: Option<Instant>,
    /// The slot whose worker has this one's sockets.
    pub(crate) owner: usize,
    /// Before this, no successor is tried for being over a limit.
    pub(crate) recycle_due: Option<Instant>,
}

impl Slot {
    pub(crate) fn new(index: usize, is_wanted: bool) -> Self {
        Self {
            is_wanted,
            is_given_up: false,
            failures: 0,
            restarts: 0,
            due: None,
            owner: index,
            recycle_due: None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Starting,
    /// It is ready, and its health check is on its way.
    Checking,
    /// It is well, and waits for the others of its generation.
    Waiting,
    Serving,
    Draining,
    /// It showed no sign of life, and is to end at once.
    Aborted,
    Killed,
}

impl State {
    /// Whether it serves or may do so soon.
    pub(crate) fn is_hopeful(self) -> bool {
        !matches!(self, Self::Draining | Self::Aborted | Self::Killed)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Checking => "checking",
            Self::Waiting => "waiting",
            Self::Serving => "serving",
            Self::Draining => "draining",
            Self::Aborted => "aborted",
            Self::Killed => "killed",
        }
    }
}

/// Looks are a second apart, and somewhat late on a busy machine.
const LONGEST_LOOK: Duration = Duration::from_secs(2);

#[derive(Clone, Debug)]
pub(crate) struct Worker {
    pub(crate) slot: usize,
    pub(crate) generation: u64,
    pub(crate) state: State,
    /// When it came into its state.
    pub(crate) since: Instant,
    pub(crate) started: Instant,
    pub(crate) served: Option<Instant>,
    /// Whether it is to follow one that serves.
    pub(crate) is_successor: bool,
    /// Whether its end was asked for.
    pub(crate) is_released: bool,
    /// Whether its slot was seen to before its end, as that of one that leaves.
    pub(crate) is_reckoned: bool,
    /// Why it was ended by force, if it was.
    pub(crate) doom: Option<&'static str>,
    pub(crate) usage: Usage,
    /// For how long it was seen to show no sign of life.
    pub(crate) silence: Duration,
    /// When it was last looked at.
    pub(crate) looked: Instant,
}

impl Worker {
    pub(crate) fn enter(&mut self, state: State, now: Instant) {
        self.state = state;
        self.since = now;
    }

    /// Takes in what it uses, and whether it has shown a sign of life since the last
    /// look.
    pub(crate) fn measure(&mut self, usage: Usage, now: Instant) {
        // If nobody looked for longer, this whole machine or container stood still,
        // and the worker had no more time than we had.
        let elapsed = now.saturating_duration_since(self.looked).min(LONGEST_LOOK);
        self.silence = match usage.beat == self.usage.beat {
            true => self.silence.saturating_add(elapsed),
            false => Duration::ZERO,
        };
        (self.usage, self.looked) = (usage, now);
    }
}

/// One generation, or one worker, that is to take over.
#[derive(Clone, Debug)]
pub(crate) struct Succession {
    pub(crate) kind: Kind,
    pub(crate) generation: u64,
    pub(crate) successors: Vec<Id>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Reload,
    Recycle { slot: usize },
}

/// The end of all workers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ending {
    pub(crate) drain_at: Instant,
    pub(crate) code: u8,
    pub(crate) has_drained: bool,
    pub(crate) is_hurried: bool,
}
