//! How many requests there were, and how long they took.

use buttress::log::Record;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Eight steps for each doubling of a time in microseconds, so that what is read is at
/// most an eighth too high; the last one is a day and more.
const STEPS: usize = 8;
const BUCKETS: usize = 36 * STEPS;

/// Counts as requests end, on whatever thread they do.
pub(crate) struct Meter {
    failed: AtomicU64,
    buckets: [AtomicU64; BUCKETS],
}

/// What was counted up to some moment.
#[derive(Clone)]
pub(crate) struct Reading {
    /// Answers of 5xx, and those that broke off.
    pub(crate) failed: u64,
    buckets: [u64; BUCKETS],
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            failed: AtomicU64::new(0),
            buckets: [const { AtomicU64::new(0) }; BUCKETS],
        }
    }
}

impl Meter {
    pub(crate) fn record(&self, record: &Record<'_>) {
        // Whoever watches this is no visitor.
        if record.route() == Some("/events") {
            return;
        }
        if record
            .status()
            .is_none_or(|status| status.is_server_error())
        {
            self.failed.fetch_add(1, Relaxed);
        }
        self.buckets[bucket(record.total_time())].fetch_add(1, Relaxed);
    }

    pub(crate) fn read(&self) -> Reading {
        Reading {
            failed: self.failed.load(Relaxed),
            buckets: self.buckets.each_ref().map(|count| count.load(Relaxed)),
        }
    }
}

impl Reading {
    pub(crate) fn requests(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// How long the fastest `percent` of the requests since `earlier` took at most.
    pub(crate) fn percentile(&self, percent: u64, earlier: Option<&Self>) -> Option<Duration> {
        let since = |at: usize| self.buckets[at] - earlier.map_or(0, |it| it.buckets[at]);
        let total: u64 = (0..BUCKETS).map(since).sum();
        let wanted = (total * percent).div_ceil(100);
        let mut seen = 0;
        let at = (0..BUCKETS).find(|&at| {
            seen += since(at);
            seen >= wanted && seen > 0
        })?;
        Some(Duration::from_micros(longest(at)))
    }
}

fn bucket(took: Duration) -> usize {
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    if micros < STEPS as u64 {
        return micros as usize;
    }
    let doublings = micros.ilog2() as usize - 2;
    let step = (micros >> (doublings - 1)) as usize % STEPS;
    (doublings * STEPS + step).min(BUCKETS - 1)
}

/// The longest time of a bucket, in microseconds.
fn longest(bucket: usize) -> u64 {
    let (doublings, step) = (bucket / STEPS, (bucket % STEPS) as u64);
    match doublings {
        0 => step,
        _ => ((STEPS as u64 + step + 1) << (doublings - 1)) - 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_at_most_an_eighth_too_high() {
        for micros in (0..100_000).chain([999_999, 60_000_000, 3_600_000_000]) {
            let read = longest(bucket(Duration::from_micros(micros)));
            assert!(
                read >= micros && read - micros <= micros / 8,
                "{micros}: {read}"
            );
        }
        assert_eq!(bucket(Duration::MAX), BUCKETS - 1);
    }

    #[test]
    fn percentiles_are_those_since_the_earlier_reading() {
        let meter = Meter::default();
        let count = |micros, times| {
            let bucket = &meter.buckets[bucket(Duration::from_micros(micros))];
            bucket.fetch_add(times, Relaxed);
        };
        assert_eq!(meter.read().percentile(50, None), None);
        count(7, 1000);
        let earlier = meter.read();
        count(5, 98);
        count(1000, 2);
        let now = meter.read();
        let since = |percent| now.percentile(percent, Some(&earlier)).unwrap().as_micros();
        assert_eq!((since(50), since(98)), (5, 5));
        assert!((1000..1125).contains(&since(99)));
        assert_eq!(now.percentile(50, None), Some(Duration::from_micros(7)));
        assert_eq!(now.requests(), 1100);
    }
}
