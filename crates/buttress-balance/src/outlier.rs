//! Whether an endpoint that answers badly is left out for a while.

use crate::backoff::Backoff;

/// Ejects after so many bad answers in a row. Times are nanoseconds.
#[derive(Clone, Debug)]
pub(crate) struct Outlier {
    rules: Rules,
    in_a_row: u32,
    ejected_until: Option<u64>,
    backoff: Backoff,
    last_return: u64,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// Bad answers in a row; 0 is never.
    pub(crate) threshold: u32,
    pub(crate) first: u64,
    pub(crate) longest: u64,
}

impl Outlier {
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            rules,
            in_a_row: 0,
            ejected_until: None,
            backoff: Backoff::new(rules.first, rules.longest),
            last_return: 0,
        }
    }

    /// A bad answer. Says whether this ejected it.
    pub(crate) fn bad(&mut self, now: u64) -> bool {
        if self.is_ejected(now) {
            return false;
        }
        self.settle(now);
        self.in_a_row = self.in_a_row.saturating_add(1);
        if self.rules.threshold == 0 || self.in_a_row < self.rules.threshold {
            return false;
        }
        // Who behaved for long is not punished for what was long ago.
        let calm = now.saturating_sub(self.last_return);
        for _ in 0..(calm / self.rules.longest.max(1)).min(64) {
            self.backoff.relax();
        }
        self.in_a_row = 0;
        self.ejected_until = Some(now.saturating_add(self.backoff.next()));
        true
    }

    /// A good answer.
    pub(crate) fn good(&mut self) {
        self.in_a_row = 0;
    }

    pub(crate) fn is_ejected(&self, now: u64) -> bool {
        self.ejected_until.is_some_and(|until| now < until)
    }

    /// Ends an ejection whose time is over. Says whether one did.
    pub(crate) fn settle(&mut self, now: u64) -> bool {
        match self.ejected_until {
            Some(until) if now >= until => {
                self.ejected_until = None;
                self.last_return = until;
                true
            }
            _ => false,
        }
    }

    pub(crate) fn ejected_until(&self) -> Option<u64> {
        self.ejected_until
    }

    /// Whether a success needs to be told.
    pub(crate) fn is_clean(&self) -> bool {
        self.in_a_row == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULES: Rules = Rules {
        threshold: 5,
        first: 100,
        longest: 1_000,
    };

    proptest! {
        /// It is ejected only by so many bad answers in a row, for no longer than said,
        /// and always comes back.
        #[test]
        fn ejections_are_earned_and_end(steps in prop::collection::vec((any::<bool>(), 0u64..300), 0..200)) {
            let (mut outlier, mut now, mut in_a_row) = (Outlier::new(RULES), 0, 0);
            for (is_bad, wait) in steps {
                now += wait;
                outlier.settle(now);
                let was_ejected = outlier.is_ejected(now);
                match is_bad {
                    true if was_ejected => prop_assert!(!outlier.bad(now)),
                    true => {
                        in_a_row += 1;
                        prop_assert_eq!(outlier.bad(now), in_a_row == 5);
                        in_a_row %= 5;
                    }
                    false => {
                        outlier.good();
                        in_a_row = 0;
                    }
                }
                let until = outlier.ejected_until().unwrap_or(now);
                prop_assert!(until <= now + RULES.longest);
            }
            now += RULES.longest;
            outlier.settle(now);
            prop_assert!(!outlier.is_ejected(now));
        }
    }

    #[test]
    fn each_is_longer_than_the_last_until_it_behaves() {
        let (mut outlier, mut now) = (Outlier::new(RULES), 0);
        let mut eject = |now: &mut u64| {
            while !outlier.bad(*now) {}
            let time = outlier.ejected_until().unwrap() - *now;
            *now += time;
            outlier.settle(*now);
            time
        };
        let times: Vec<_> = (0..6).map(|_| eject(&mut now)).collect();
        assert_eq!(times, [100, 200, 400, 800, 1_000, 1_000]);
        // For ten times the longest.
        now += 10_000;
        assert_eq!(eject(&mut now), 100);
    }
}
