//! Time that passes when the test says so.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

/// A clock that stands still until it is advanced; clones show the same time.
#[derive(Clone, Debug)]
pub struct ManualClock {
    start: Instant,
    passed_nanos: Arc<AtomicU64>,
}

// 2026-01-01T00:00:00Z: a date that is the same in every run.
const EPOCH: Duration = Duration::from_secs(1_767_225_600);

impl ManualClock {
    /// A clock that starts at some instant, on the first day of 2026.
    #[must_use]
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
            passed_nanos: Arc::default(),
        }
    }

    /// Monotonic time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.start + self.passed()
    }

    /// Time of day, which passes in step with [`now`](Self::now).
    #[must_use]
    pub fn system_time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + EPOCH + self.passed()
    }

    /// How far it was advanced in all.
    #[must_use]
    pub fn passed(&self) -> Duration {
        Duration::from_nanos(self.passed_nanos.load(Ordering::SeqCst))
    }

    /// Lets `time` pass.
    ///
    /// # Panics
    ///
    /// If `time` is over 584 years.
    pub fn advance(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).expect("no test runs for 584 years");
        self.passed_nanos.fetch_add(nanos, Ordering::SeqCst);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_only_by_advance_and_for_all_clones() {
        let clock = ManualClock::new();
        let (instant, date) = (clock.now(), clock.system_time());
        assert_eq!(clock.now(), instant);
        clock.clone().advance(Duration::from_millis(1500));
        assert_eq!(clock.now() - instant, Duration::from_millis(1500));
        assert_eq!(
            clock.system_time().duration_since(date).unwrap(),
            Duration::from_millis(1500)
        );
    }
}
