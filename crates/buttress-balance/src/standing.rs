//! What is thought of an endpoint: by its requests, and by checks of its health.

use crate::{
    Verdict,
    breaker::{self, Breaker},
    event::Kind,
    health::{self, Health},
    outlier::{self, Outlier},
};

/// Pure: what happened goes in, and what changed by it comes out.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    breaker: Breaker,
    outlier: Outlier,
    health: Health,
    failures_eject: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) breaker: breaker::Rules,
    pub(crate) outlier: outlier::Rules,
    /// Whether the app's own failures count as bad answers.
    pub(crate) failures_eject: bool,
}

/// Whether requests go to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Ready,
    /// For one request, if that asks.
    Trial,
    /// Unless too many others are out as well. It ends by itself, if it says when.
    Ejected(Option<u64>),
    /// In no case, until then; or until the one that tries is back.
    Closed(Option<u64>),
}

impl Standing {
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            breaker: Breaker::new(rules.breaker),
            outlier: Outlier::new(rules.outlier),
            health: Health::default(),
            failures_eject: rules.failures_eject,
        }
    }

    /// A request has ended so.
    pub(crate) fn ended(&mut self, verdict: Verdict, now: u64) -> Option<Kind> {
        let is_bad = match verdict {
            Verdict::Neutral => {
                self.breaker.abandon(now);
                return None;
            }
            Verdict::Unsent => return self.breaker.unreached(now).then_some(Kind::Opened),
            Verdict::Broken => true,
            Verdict::Failed => self.failures_eject,
            Verdict::Good => false,
        };
        let closed = self.breaker.reached();
        if is_bad {
            if self.outlier.bad(now) {
                return Some(Kind::Ejected);
            }
        } else {
            self.outlier.good();
        }
        closed.then_some(Kind::Closed)
    }

    /// A request has gone away before its end.
    pub(crate) fn abandoned(&mut self, now: u64) {
        self.breaker.abandon(now);
    }

    /// A check has said so.
    pub(crate) fn checked(&mut self, is_well: bool, rules: health::Rules) -> Option<Kind> {
        let changed = self.health.checked(is_well, rules);
        if is_well && self.breaker.reached() && !changed {
            return Some(Kind::Closed);
        }
        match changed {
            true if is_well => Some(Kind::Up),
            true => Some(Kind::Down),
            false => None,
        }
    }

    /// Whether one request may go to it that is open for trial.
    pub(crate) fn try_pass(&mut self, now: u64) -> bool {
        self.breaker.try_pass(now)
    }

    /// Time has passed. Says whether an ejection ended by that.
    pub(crate) fn settle(&mut self, now: u64) -> bool {
        self.outlier.settle(now)
    }

    pub(crate) fn access(&self, now: u64) -> Access {
        match self.breaker.opens_for_trial() {
            Some(until) if now >= until => return Access::Trial,
            until if !self.breaker.is_closed() => return Access::Closed(until),
            _ => {}
        }
        if self.outlier.is_ejected(now) {
            return Access::Ejected(self.outlier.ejected_until());
        }
        match self.health.is_down() {
            true => Access::Ejected(None),
            false => Access::Ready,
        }
    }

    /// Whether a good answer would change nothing.
    pub(crate) fn is_clean(&self) -> bool {
        self.breaker.is_clean() && self.outlier.is_clean()
    }
}
