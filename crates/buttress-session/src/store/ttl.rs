use std::time::Duration;

/// How long a session lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ttl {
    /// Since it was last used.
    pub idle: Duration,
    /// Since it was created, however much it is used.
    pub absolute: Option<Duration>,
}

impl Ttl {
    /// Lives for `idle` after its last use.
    #[must_use]
    pub const fn idle(idle: Duration) -> Self {
        Self {
            idle,
            absolute: None,
        }
    }

    /// And for no longer than `absolute` after it was created.
    #[must_use]
    pub const fn absolute(mut self, absolute: Duration) -> Self {
        self.absolute = Some(absolute);
        self
    }

    /// What a session that was created `age` ago, and is used now, has left.
    #[must_use]
    pub fn left(&self, age: Duration) -> Duration {
        match self.absolute {
            Some(absolute) => self.idle.min(absolute.saturating_sub(age)),
            None => self.idle,
        }
    }

    /// What a store may be late by to prolong a life, so that not each reading is
    /// a write: a hundredth of the idle time, a minute at most.
    #[must_use]
    pub fn slack(&self) -> Duration {
        (self.idle / 100).min(Duration::from_secs(60))
    }
}
