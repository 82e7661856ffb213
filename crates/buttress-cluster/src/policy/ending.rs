//! The end of all workers.

use super::{Action, Report, State, Supervisor, state::Ending};
use std::time::Instant;

impl Supervisor {
    /// Begins the end, or hurries it.
    pub(super) fn stop(&mut self, code: u8, now: Instant) {
        if let Some(ending) = &mut self.ending {
            (ending.is_hurried, ending.drain_at) = (true, now);
            return;
        }
        let delay = self.rules.pre_stop;
        self.ending = Some(Ending {
            drain_at: now.checked_add(delay).unwrap_or(now),
            code,
            has_drained: false,
            is_hurried: false,
        });
        self.succession = None;
        self.is_reload_wanted = false;
        self.actions.push(Action::Report(Report::Stopping));
        for id in self.ids() {
            match self.workers[&id].state {
                State::Serving if !delay.is_zero() => self.actions.push(Action::Announce(id)),
                State::Serving => {}
                _ => self.release(id, true, now),
            }
        }
    }

    /// Drains, hurries, and is done when nobody is left.
    pub(super) fn end(&mut self, now: Instant) {
        let Some(ending) = self.ending else {
            return;
        };
        if !ending.has_drained && ending.drain_at <= now {
            for id in self.ids() {
                self.release(id, true, now);
            }
        }
        if ending.is_hurried {
            for id in self.ids() {
                if self.workers[&id].state == State::Draining {
                    self.actions.push(Action::Cut(id));
                }
            }
        }
        if let Some(ending) = &mut self.ending {
            ending.has_drained |= ending.drain_at <= now;
            ending.is_hurried = false;
        }
        if self.workers.is_empty() {
            self.actions.push(Action::Finish(ending.code));
        }
    }

    fn ids(&self) -> Vec<super::Id> {
        self.workers.keys().copied().collect()
    }
}
