//! How long an endpoint takes, as a moving average that rises at once and falls slowly.

/// Peak EWMA: a slower answer counts in full, faster ones bring it down over time.
///
/// Times are nanoseconds since some start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeakEwma {
    cost: f64,
    at: u64,
}

/// What is assumed before the first answer: 1 ms.
const UNKNOWN: f64 = 1e6;
/// The time in which what was measured loses all but 1/e of its weight: 10 s.
const DECAY: f64 = 10e9;

impl PeakEwma {
    /// One that nothing is known of, but perhaps what others take. It is made out to be
    /// twice as fast, so that it is soon tried, and not so fast that all go there at once.
    pub(crate) fn new(others: Option<f64>, now: u64) -> Self {
        Self {
            cost: others.map_or(UNKNOWN, |others| others / 2.0),
            at: now,
        }
    }

    /// An answer came after so many nanoseconds.
    pub(crate) fn observe(&mut self, taken: u64, now: u64) {
        let taken = taken as f64;
        if taken > self.cost {
            self.cost = taken;
        } else {
            let old = self.decay(now);
            self.cost = self.cost * old + taken * (1.0 - old);
        }
        self.at = self.at.max(now);
    }

    /// No answer came for so many nanoseconds. That is no reason to think better of it.
    pub(crate) fn observe_at_least(&mut self, taken: u64, now: u64) {
        if taken as f64 > self.cost {
            self.observe(taken, now);
        }
    }

    /// The average now. Without answers it tends to zero, so that an endpoint that once
    /// was slow is tried again.
    pub(crate) fn cost(&self, now: u64) -> f64 {
        self.cost * self.decay(now)
    }

    fn decay(&self, now: u64) -> f64 {
        let elapsed = now.saturating_sub(self.at) as f64;
        (-elapsed / DECAY).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Between the least and the most that was seen, and never above the last peak.
        #[test]
        fn it_stays_within_what_was_seen(
            seen in prop::collection::vec((1u64..10_000_000_000, 0u64..20_000_000_000), 1..50),
        ) {
            let (mut ewma, mut now) = (PeakEwma::new(None, 0), 0);
            let mut most = UNKNOWN;
            for (taken, wait) in seen {
                now += wait;
                most = most.max(taken as f64);
                ewma.observe(taken, now);
                let cost = ewma.cost(now);
                prop_assert!(cost.is_finite() && cost > 0.0 && cost <= most);
                prop_assert!(ewma.cost(now + 1_000_000_000) < cost);
            }
        }
    }

    #[test]
    fn a_peak_counts_at_once_and_fades() {
        let mut ewma = PeakEwma::new(None, 0);
        ewma.observe(500_000_000, 1);
        assert_eq!(ewma.cost(1), 5e8);
        ewma.observe(1_000_000, 1);
        assert!(ewma.cost(1) > 4.9e8);
        ewma.observe(1_000_000, 60_000_000_000);
        assert!(ewma.cost(60_000_000_000) < 3e6);
        ewma.observe_at_least(10, 60_000_000_000);
        assert!(ewma.cost(60_000_000_000) > 1e6);
    }
}
