//! Whether an endpoint that cannot be reached is asked at all.

use crate::backoff::Backoff;

/// Opens after so many connections in a row that failed, and lets one request through
/// now and then to see. Times are nanoseconds.
#[derive(Clone, Debug)]
pub(crate) struct Breaker {
    state: State,
    rules: Rules,
    backoff: Backoff,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// Failures in a row; 0 is never.
    pub(crate) threshold: u32,
    pub(crate) first: u64,
    pub(crate) longest: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed {
        failures: u32,
    },
    Open {
        until: u64,
    },
    /// One request is on its way.
    Trial,
}

impl Breaker {
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            state: State::Closed { failures: 0 },
            backoff: Backoff::new(rules.first, rules.longest),
            rules,
        }
    }

    /// Nothing got through. Says whether this opened it.
    pub(crate) fn unreached(&mut self, now: u64) -> bool {
        match self.state {
            State::Closed { failures } if failures + 1 == self.rules.threshold => {
                self.open(now);
                true
            }
            State::Closed { failures } => {
                let failures = failures.saturating_add(1);
                self.state = State::Closed { failures };
                false
            }
            State::Trial => {
                self.open(now);
                false
            }
            // One of those that were under way.
            State::Open { .. } => false,
        }
    }

    /// Something got through. Says whether this closed it.
    pub(crate) fn reached(&mut self) -> bool {
        let was_closed = matches!(self.state, State::Closed { .. });
        self.state = State::Closed { failures: 0 };
        self.backoff.reset();
        !was_closed
    }

    /// Whether one request may try. If so, it is the one: until it is over, no other may.
    pub(crate) fn try_pass(&mut self, now: u64) -> bool {
        match self.state {
            State::Closed { .. } => true,
            State::Open { until } if now >= until => {
                self.state = State::Trial;
                true
            }
            State::Open { .. } | State::Trial => false,
        }
    }

    /// The request that tried went away without having found out.
    pub(crate) fn abandon(&mut self, now: u64) {
        if self.state == State::Trial {
            self.state = State::Open { until: now };
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed { .. })
    }

    /// From when on a request may try; `None` while none may, or all.
    pub(crate) fn opens_for_trial(&self) -> Option<u64> {
        match self.state {
            State::Open { until } => Some(until),
            State::Closed { .. } | State::Trial => None,
        }
    }

    /// Whether a success needs to be told.
    pub(crate) fn is_clean(&self) -> bool {
        self.state == State::Closed { failures: 0 }
    }

    fn open(&mut self, now: u64) {
        let until = now.saturating_add(self.backoff.next());
        self.state = State::Open { until };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULES: Rules = Rules {
        threshold: 3,
        first: 100,
        longest: 1_000,
    };

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Unreached,
        Reached,
        Try,
        Abandon,
        Wait(u64),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            3 => Just(Step::Unreached),
            1 => Just(Step::Reached),
            3 => Just(Step::Try),
            1 => Just(Step::Abandon),
            2 => (0u64..1_500).prop_map(Step::Wait),
        ];
        prop::collection::vec(step, 0..80)
    }

    proptest! {
        /// Never more than one request at a time passes one that is not closed, and none
        /// before its time; and some request always will pass.
        #[test]
        fn one_at_a_time_and_never_shut_for_good(steps in steps()) {
            let (mut breaker, mut now, mut on_trial) = (Breaker::new(RULES), 0, false);
            for step in steps {
                match step {
                    Step::Wait(time) => now += time,
                    Step::Try => {
                        let (was_closed, opens) = (breaker.is_closed(), breaker.opens_for_trial());
                        let passes = breaker.try_pass(now);
                        if !was_closed {
                            prop_assert_eq!(passes, opens.is_some_and(|until| now >= until));
                            prop_assert!(!(passes && on_trial));
                            on_trial |= passes;
                        }
                    }
                    Step::Unreached => {
                        let was_closed = breaker.is_closed();
                        let opened = breaker.unreached(now);
                        prop_assert_eq!(opened, was_closed && !breaker.is_closed());
                        on_trial = false;
                    }
                    Step::Reached => {
                        let was_closed = breaker.is_closed();
                        prop_assert_eq!(breaker.reached(), !was_closed);
                        on_trial = false;
                    }
                    Step::Abandon => {
                        breaker.abandon(now);
                        on_trial = false;
                    }
                }
                if let Some(until) = breaker.opens_for_trial() {
                    prop_assert!(until <= now + RULES.longest);
                }
            }
            breaker.abandon(now);
            prop_assert!(breaker.try_pass(now + RULES.longest));
        }
    }

    #[test]
    fn it_opens_after_failures_in_a_row_alone() {
        let mut breaker = Breaker::new(RULES);
        for _ in 0..10 {
            assert!(!breaker.unreached(0) && !breaker.unreached(0));
            assert!(!breaker.reached());
        }
        assert!(!breaker.unreached(0) && !breaker.unreached(0) && breaker.unreached(0));
    }

    #[test]
    fn a_threshold_of_zero_never_opens() {
        let mut breaker = Breaker::new(Rules {
            threshold: 0,
            ..RULES
        });
        assert!((0..100).all(|_| !breaker.unreached(0)));
        assert!(breaker.is_closed());
    }
}
