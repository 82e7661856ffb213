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
