use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

/// Tells the time of day and the time that passes.
#[derive(Clone, Default)]
pub(crate) enum Clock {
    #[default]
    System,
    Given(Arc<dyn Fn() -> (SystemTime, Instant) + Send + Sync>),
}

impl Clock {
    pub(crate) fn now(&self) -> (SystemTime, Instant) {
        match self {
            Self::System => (SystemTime::now(), Instant::now()),
            Self::Given(now) => now(),
        }
    }

    /// The time that has passed: none, for a clock that goes backwards.
    pub(crate) fn since(&self, start: Instant) -> Duration {
        let now = match self {
            Self::System => Instant::now(),
            Self::Given(now) => now().1,
        };
        now.saturating_duration_since(start)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
