//! Workers that end, asked or unasked, and what becomes of their slots.

use super::{Action, Exit, Id, Report, State, Supervisor};
use std::time::Instant;

impl Supervisor {
    pub(super) fn leaving(&mut self, id: Id, now: Instant) {
        let Some(worker) = self.workers.get_mut(&id) else {
            return;
        };
        if !worker.state.is_hopeful() {
            return;
        }
        let is_successor = worker.is_successor;
        let (slot, served) = (worker.slot, worker.served);
        worker.enter(State::Draining, now);
        worker.is_reckoned = true;
        self.actions
            .push(Action::Report(Report::Leaving { id, slot }));
        // A successor's end is that of its succession.
        if self.ending.is_none() && !is_successor {
            self.failed(slot, served, now);
        }
    }

    pub(super) fn ended(&mut self, id: Id, exit: Exit, now: Instant) {
        let Some(worker) = self.workers.remove(&id) else {
            return;
        };
        let slot = worker.slot;
        let was_asked = worker.is_released || worker.state == State::Draining;
        let uptime = now.saturating_duration_since(worker.started);
        let is_bad_configuration = exit.is_bad_configuration();
        let report = Report::Ended {
            id,
            slot,
            exit: exit.clone(),
            uptime,
            was_asked,
            doom: worker.doom,
        };
        self.actions.push(Action::Report(report));
        if let Some(ending) = &mut self.ending {
            let is_clean = exit.is_clean() && worker.doom.is_none();
            ending.code = ending
                .code
                .max(u8::from(worker.served.is_some() && !is_clean));
        } else if worker.is_successor {
            self.fail_succession(id, &exit, worker.state, now);
        } else if worker.is_released || worker.is_reckoned {
            // Its slot has been seen to.
        } else if is_bad_configuration {
            self.bad_configuration(slot, now);
        } else if self.slots[slot].is_wanted {
            self.failed(slot, worker.served, now);
        }
    }

    /// Reckons when the slot is filled again, or that it is not.
    pub(super) fn failed(&mut self, slot: usize, served: Option<Instant>, now: Instant) {
        let was_healthy = served.is_some_and(|served| {
            now.saturating_duration_since(served) >= self.rules.healthy_after
        });
        let it = &mut self.slots[slot];
        it.failures = if was_healthy {
            1
        } else {
            it.failures.saturating_add(1)
        };
        it.restarts += 1;
        let failures = it.failures;
        let delay = self.rules.backoff.delay(failures, &mut self.jitter);
        it.due = now.checked_add(delay);
        let is_loop = failures >= self.rules.crash_limit;
        if is_loop && self.others_serve(slot) {
            self.slots[slot].is_given_up = true;
            self.actions
                .push(Action::Report(Report::GivenUp { slot, failures }));
        } else if is_loop && !self.has_served && self.all_failed() {
            self.actions
                .push(Action::Report(Report::NeverServed { failures }));
            self.stop(1, now);
        } else {
            self.actions.push(Action::Report(Report::Retry {
                slot,
                failures,
                delay,
            }));
        }
    }

    fn bad_configuration(&mut self, slot: usize, now: Instant) {
        self.actions
            .push(Action::Report(Report::BadConfiguration { slot }));
        if self.others_serve(slot) {
            self.slots[slot].is_given_up = true;
        } else {
            self.stop(78, now);
        }
    }

    fn others_serve(&self, slot: usize) -> bool {
        let mut workers = self.workers.values();
        workers.any(|worker| worker.slot != slot && worker.state == State::Serving)
    }

    fn all_failed(&self) -> bool {
        let mut wanted = self.slots.iter().filter(|slot| slot.is_wanted);
        wanted.all(|slot| slot.failures >= self.rules.crash_limit)
    }
}
