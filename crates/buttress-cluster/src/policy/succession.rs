//! Changes of who serves: reloads, recycling, scaling. One at a time.

use super::{
    Action, Exit, Id, Report, State, Supervisor,
    state::{Kind, Slot, Succession},
};
use std::time::Instant;

impl Supervisor {
    /// Begins what is wanted, if anything is.
    pub(super) fn begin_successions(&mut self, now: Instant) {
        if self.is_reload_wanted {
            self.is_reload_wanted = false;
            self.begin_reload(now);
        } else if let Some((slot, why)) = self.over_limit(now) {
            self.actions
                .push(Action::Report(Report::Recycling { slot, why }));
            let id = self.start(slot, self.generation, true, now);
            self.succession = Some(Succession {
                kind: Kind::Recycle { slot },
                generation: self.generation,
                successors: vec![id],
            });
        }
    }

    fn begin_reload(&mut self, now: Instant) {
        self.last_generation += 1;
        let generation = self.last_generation;
        self.actions
            .push(Action::Report(Report::Reloading { generation }));
        self.actions.push(Action::Look);
        let wanted: Vec<_> = (0..self.slots.len())
            .filter(|slot| self.slots[*slot].is_wanted)
            .collect();
        let start = |slot| self.start(slot, generation, true, now);
        let successors = wanted.into_iter().map(start).collect();
        self.succession = Some(Succession {
            kind: Kind::Reload,
            generation,
            successors,
        });
    }

    /// The first worker over a limit, and which. Only while all others are there.
    fn over_limit(&self, now: Instant) -> Option<(usize, &'static str)> {
        let limits = &self.rules.limits;
        let is_short = |(slot, it): (usize, &Slot)| it.is_wanted && !self.is_serving(slot);
        if self.slots.iter().enumerate().any(is_short) {
            return None;
        }
        self.workers.values().find_map(|worker| {
            let due = self.slots[worker.slot].recycle_due;
            if worker.state != State::Serving || due.is_some_and(|due| due > now) {
                return None;
            }
            let age = now.saturating_duration_since(worker.since);
            let (is_over, usage) = (|limit, is: u64| is_some_and_over(limit, is), worker.usage);
            let why = if is_over(limits.memory, usage.memory) {
                "memory"
            } else if limits.age.is_some_and(|limit| age >= limit) {
                "age"
            } else if is_over(limits.requests, usage.requests) {
                "requests"
            } else {
                return None;
            };
            Some((worker.slot, why))
        })
    }

    /// Lets the successors take over, once all of them can.
    pub(super) fn succeed(&mut self, now: Instant) {
        let Some(succession) = &self.succession else {
            return;
        };
        let state = |id| self.workers.get(id).map(|worker| worker.state);
        let mut states = succession.successors.iter().map(state);
        if states
            .clone()
            .any(|state| !state.is_some_and(State::is_hopeful))
        {
            // Killed for being late or ill: said already, but not of the whole.
            self.abort("a worker was not ready, or failed its health check", now);
        } else if states.all(|state| state == Some(State::Waiting)) {
            self.commit(now);
        }
    }

    fn commit(&mut self, now: Instant) {
        let Some(Succession {
            kind,
            generation,
            successors,
        }) = self.succession.take()
        else {
            return;
        };
        let slots: Vec<_> = successors
            .iter()
            .filter_map(|id| Some(self.workers.get(id)?.slot))
            .collect();
        let old = |(id, worker): (&Id, &super::Worker)| {
            (slots.contains(&worker.slot) && !successors.contains(id)).then_some(*id)
        };
        let old: Vec<_> = self.workers.iter().filter_map(old).collect();
        for id in successors {
            self.serve(id, now);
        }
        for id in old {
            self.release(id, false, now);
        }
        if kind == Kind::Reload {
            self.generation = generation;
            for slot in &mut self.slots {
                (slot.failures, slot.due) = (0, None);
            }
            self.actions.push(Action::Keep);
            self.actions
                .push(Action::Report(Report::Reloaded { generation }));
        }
    }

    /// A successor has ended before it served.
    pub(super) fn fail_succession(&mut self, id: Id, exit: &Exit, was: State, now: Instant) {
        let is_ours = |succession: &Succession| succession.successors.contains(&id);
        if self.succession.as_ref().is_some_and(is_ours) && was != State::Killed {
            self.abort(&format!("a worker ended early: {exit}"), now);
        }
    }

    /// Those who serve go on.
    fn abort(&mut self, why: &str, now: Instant) {
        let Some(Succession {
            kind,
            generation,
            successors,
        }) = self.succession.take()
        else {
            return;
        };
        for id in successors {
            self.kill(id, "it came with others that failed", now);
        }
        let why = why.to_owned();
        let report = match kind {
            Kind::Reload => {
                self.actions.push(Action::Forget);
                Report::ReloadFailed { generation, why }
            }
            Kind::Recycle { slot } => {
                self.slots[slot].recycle_due = now.checked_add(self.rules.backoff.most);
                Report::RecycleFailed { slot, why }
            }
        };
        self.actions.push(Action::Report(report));
    }

    /// Makes as many slots wanted as workers are.
    pub(super) fn scale(&mut self, now: Instant) {
        let wanted = |supervisor: &Self| {
            supervisor
                .slots
                .iter()
                .filter(|slot| slot.is_wanted)
                .count()
        };
        let before = wanted(self);
        for _ in before..self.target {
            self.want();
        }
        for _ in self.target..before {
            if !self.unwant(now) {
                break;
            }
        }
        let after = wanted(self);
        if before != after && before > 0 {
            let report = Report::Scaled {
                from: before,
                to: after,
            };
            self.actions.push(Action::Report(report));
        }
    }

    fn want(&mut self) {
        if let Some(slot) = self.slots.iter().position(|slot| !slot.is_wanted) {
            let owner = self.slots[slot].owner;
            self.slots[slot] = Slot {
                owner,
                ..Slot::new(slot, true)
            };
            return;
        }
        let slot = self.slots.len();
        self.slots.push(Slot::new(slot, true));
        self.actions.push(Action::Open(slot));
    }

    /// Takes one slot out of use: one that does not serve first, and never the
    /// last that does. `false` if that has to wait.
    fn unwant(&mut self, now: Instant) -> bool {
        let wanted = (0..self.slots.len()).filter(|slot| self.slots[*slot].is_wanted);
        let (serving, idle): (Vec<_>, Vec<_>) = wanted.partition(|slot| self.is_serving(*slot));
        let slot = match (idle.last(), serving.as_slice()) {
            (Some(idle), [_, ..]) => *idle,
            (None, [_, .., last]) => *last,
            _ => return false,
        };
        self.slots[slot].is_wanted = false;
        let here = |(id, worker): (&Id, &super::Worker)| (worker.slot == slot).then_some(*id);
        let here: Vec<_> = self.workers.iter().filter_map(here).collect();
        for id in here {
            self.release(id, false, now);
        }
        true
    }
}

fn is_some_and_over(limit: Option<u64>, is: u64) -> bool {
    limit.is_some_and(|limit| is >= limit)
}
