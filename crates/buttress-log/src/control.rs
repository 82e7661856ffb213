//! What can be changed while the app runs.

use crate::level;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tracing::Level;

/// Changes the choices of an [`AccessLogLayer`](crate::AccessLogLayer) while the app
/// runs, for all its services.
///
/// Requests that are on their way end by the choices that hold then.
#[derive(Clone, Debug)]
pub struct Handle(pub(crate) Arc<Control>);

impl Handle {
    /// Writes lines of this level and of those that matter more.
    pub fn set_level(&self, level: Level) {
        self.0.level.store(level::to_number(level), Relaxed);
    }

    /// The level that was set last.
    #[must_use]
    pub fn level(&self) -> Level {
        level::from_number(self.0.level.load(Relaxed))
    }

    /// Writes one of so many lines. 0 and 1 write all.
    pub fn set_sample(&self, one_in: u32) {
        self.0.one_in.store(one_in.max(1), Relaxed);
    }

    /// From which time on a request is slow. `Duration::MAX`: none is.
    pub fn set_slow(&self, threshold: Duration) {
        self.0.slow_nanos.store(nanos(threshold), Relaxed);
    }

    /// How many requests have no line, for a reason that is in the settings: the
    /// skipped, those of a level that is not written, and those left out by sampling.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.0.left_out.load(Relaxed)
    }
}

#[derive(Debug)]
pub(crate) struct Control {
    level: AtomicU8,
    one_in: AtomicU32,
    slow_nanos: AtomicU64,
    count: AtomicU32,
    left_out: AtomicU64,
}

impl Default for Control {
    fn default() -> Self {
        Self {
            level: level::to_number(Level::INFO).into(),
            one_in: 1.into(),
            slow_nanos: u64::MAX.into(),
            count: 0.into(),
            left_out: 0.into(),
        }
    }
}

impl Control {
    pub(crate) fn is_slow(&self, time: Duration) -> bool {
        let threshold = self.slow_nanos.load(Relaxed);
        threshold != u64::MAX && nanos(time) >= threshold
    }

    /// For how many requests a line of this level stands, if it is to be written.
    pub(crate) fn choose(&self, level: Level) -> Option<u32> {
        let number = level::to_number(level);
        if number > self.level.load(Relaxed) {
            return None;
        }
        let one_in = self.one_in.load(Relaxed);
        // What matters more than usual is never left out.
        if one_in == 1 || number <= level::to_number(Level::WARN) {
            return Some(1);
        }
        let is_chosen = self.count.fetch_add(1, Relaxed) % one_in == 0;
        is_chosen.then_some(one_in)
    }

    pub(crate) fn count_left_out(&self) {
        self.left_out.fetch_add(1, Relaxed);
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_ten_is_chosen_but_every_warning() {
        let handle = Handle(Arc::default());
        handle.set_sample(10);
        let chosen = |level| {
            (0..100)
                .filter_map(|_| handle.0.choose(level))
                .collect::<Vec<_>>()
        };
        assert_eq!(chosen(Level::INFO), [10; 10]);
        assert_eq!(chosen(Level::WARN), [1; 100]);
        assert_eq!(chosen(Level::DEBUG), [0; 0]);
    }

    #[test]
    fn a_threshold_of_for_ever_is_never_met() {
        let handle = Handle(Arc::default());
        assert!(!handle.0.is_slow(Duration::MAX));
        handle.set_slow(Duration::from_secs(1));
        assert!(handle.0.is_slow(Duration::from_secs(1)));
        assert!(!handle.0.is_slow(Duration::from_millis(999)));
        handle.set_slow(Duration::MAX);
        assert!(!handle.0.is_slow(Duration::MAX));
    }
}
