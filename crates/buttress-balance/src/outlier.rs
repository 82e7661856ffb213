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
