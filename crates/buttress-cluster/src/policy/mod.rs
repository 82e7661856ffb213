//! The supervisor as a state machine: what happened goes in, what is to be done
//! comes out. It knows no process, no socket and no clock.

mod backoff;
mod ending;
mod event;
mod failure;
mod patience;
mod report;
mod rules;
mod state;
mod succession;
#[cfg(test)]
mod tests;

pub(crate) use event::{Action, Event, Exit, Id, Usage};
pub(crate) use report::Report;
pub(crate) use rules::{Limits, Rules};
pub(crate) use state::{Slot, State, Worker};

use backoff::Jitter;
use state::{Ending, Succession};
use std::{
    collections::BTreeMap,
    mem,
    time::{Duration, Instant},
};

/// More slots than that nobody needs on a machine.
pub(crate) const MAX_WORKERS: usize = 128;
/// More at a time take the processors from each other and from those who serve, and the
/// supervisor, which waits for each to be another program, hears nobody meanwhile.
const STARTING: usize = 16;

#[derive(Debug)]
pub(crate) struct Supervisor {
    rules: Rules,
    slots: Vec<Slot>,
    workers: BTreeMap<Id, Worker>,
    /// How many workers are wanted; slots follow when nothing else goes on.
    target: usize,
    generation: u64,
    /// The highest generation that was ever tried.
    last_generation: u64,
    succession: Option<Succession>,
    is_reload_wanted: bool,
    ending: Option<Ending>,
    has_served: bool,
    next_id: u64,
    jitter: Jitter,
    actions: Vec<Action>,
}

impl Supervisor {
    /// Of a cluster that has sockets for `kept` slots already.
    pub(crate) fn new(rules: Rules, kept: usize, seed: u64) -> Self {
        let target = rules.workers.clamp(1, MAX_WORKERS);
        Self {
            rules,
            slots: (0..kept).map(|slot| Slot::new(slot, false)).collect(),
            workers: BTreeMap::new(),
            target,
            generation: 1,
            last_generation: 1,
            succession: None,
            is_reload_wanted: false,
            ending: None,
            has_served: false,
            next_id: 0,
            jitter: Jitter::new(seed),
            actions: Vec::new(),
        }
    }

    /// Takes in what happened, and says what to do in this order.
    pub(crate) fn on(&mut self, event: Event, now: Instant) -> Vec<Action> {
        match event {
            Event::Tick => {}
            Event::Ready(id) => self.ready(id, now),
            Event::Checked(id, Ok(())) => self.proven(id, now),
            Event::Checked(id, Err(why)) => self.unhealthy(id, why, now),
            Event::Leaving(id) => self.leaving(id, now),
            Event::Ended(id, exit) => self.ended(id, exit, now),
            Event::Measured(id, usage) => {
                if let Some(worker) = self.workers.get_mut(&id) {
                    worker.measure(usage, now);
                }
            }
            Event::Reload => self.is_reload_wanted = self.ending.is_none(),
            Event::Scale(workers) => self.target = workers.clamp(1, MAX_WORKERS),
            Event::Stop => self.stop(0, now),
        }
        self.settle(now);
        mem::take(&mut self.actions)
    }

    /// When an [`Event::Tick`] is due, if nothing else happens before.
    pub(crate) fn due(&self, now: Instant) -> Option<Instant> {
        let workers = self.workers.values().filter_map(|worker| {
            let patience = match worker.state {
                State::Starting | State::Checking => self.rules.ready_timeout,
                State::Draining => self.rules.kill_after,
                State::Aborted => patience::ABORT,
                State::Serving => self.rules.limits.age?,
                State::Waiting | State::Killed => return None,
            };
            worker.since.checked_add(patience)
        });
        let slots = self.slots.iter().filter(|slot| slot.is_wanted);
        let restarts = slots.flat_map(|slot| [slot.due, slot.recycle_due]);
        let end = self.ending.filter(|ending| !ending.has_drained);
        workers
            .chain(restarts.flatten())
            .chain(end.map(|ending| ending.drain_at))
            // What could not be done when it was due waits for an event.
            .filter(|due| *due > now)
            .min()
    }

    pub(crate) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    pub(crate) fn workers(&self) -> impl Iterator<Item = (Id, &Worker)> {
        self.workers.iter().map(|(id, worker)| (*id, worker))
    }

    pub(crate) fn target(&self) -> usize {
        self.target
    }

    pub(crate) fn is_ending(&self) -> bool {
        self.ending.is_some()
    }

    pub(crate) fn is_reloading(&self) -> bool {
        self.is_reload_wanted || self.succession.is_some()
    }

    /// Brings everything to where it should be.
    fn settle(&mut self, now: Instant) {
        self.expire(now);
        if self.ending.is_some() {
            self.end(now);
            return;
        }
        self.succeed(now);
        if self.succession.is_none() {
            self.scale(now);
            self.begin_successions(now);
        }
        self.revive();
        self.fill(now);
        self.own();
    }

    /// Starts workers in slots that should have one.
    fn fill(&mut self, now: Instant) {
        let is_starting = |it: &&Worker| matches!(it.state, State::Starting | State::Checking);
        let mut room = STARTING.saturating_sub(self.workers.values().filter(is_starting).count());
        for slot in 0..self.slots.len() {
            let it = &self.slots[slot];
            let is_due = it.due.is_none_or(|due| due <= now);
            if !it.is_wanted || it.is_given_up || !is_due || self.has_occupant(slot) {
                continue;
            }
            // The others have their turn when one of these is ready, or has failed.
            let Some(left) = room.checked_sub(1) else {
                return;
            };
            room = left;
            self.slots[slot].due = None;
            self.start(slot, self.generation, false, now);
        }
    }

    /// If every slot was given up, the last word is not "no": tries them again.
    fn revive(&mut self) {
        let has_hope = self
            .workers
            .values()
            .any(|worker| worker.state.is_hopeful());
        let mut wanted = self.slots.iter().filter(|slot| slot.is_wanted);
        if has_hope || wanted.any(|slot| !slot.is_given_up) {
            return;
        }
        for slot in &mut self.slots {
            slot.is_given_up = false;
        }
    }

    /// Gives the sockets of slots that have no worker, and get none, to others.
    fn own(&mut self) {
        let serving: Vec<_> = (0..self.slots.len())
            .filter(|slot| self.is_serving(*slot))
            .collect();
        for slot in 0..self.slots.len() {
            let it = &self.slots[slot];
            let has_own = serving.contains(&slot) || (it.is_wanted && !it.is_given_up);
            let owner = if has_own {
                slot
            } else if serving.is_empty() || serving.contains(&it.owner) {
                it.owner
            } else {
                serving[slot % serving.len()]
            };
            if owner != it.owner {
                self.slots[slot].owner = owner;
                self.actions.push(Action::Own { slot, by: owner });
            }
        }
    }

    fn start(&mut self, slot: usize, generation: u64, is_successor: bool, now: Instant) -> Id {
        let id = Id(self.next_id);
        self.next_id += 1;
        let worker = Worker {
            slot,
            generation,
            state: State::Starting,
            since: now,
            started: now,
            served: None,
            is_successor,
            is_released: false,
            is_reckoned: false,
            doom: None,
            usage: Usage::default(),
            silence: Duration::ZERO,
            looked: now,
        };
        self.workers.insert(id, worker);
        let is_new = generation != self.generation;
        self.actions.push(Action::Start {
            id,
            slot,
            generation,
            is_new,
        });
        id
    }

    fn ready(&mut self, id: Id, now: Instant) {
        let checks = self.rules.checks;
        let Some(worker) = self.in_state(id, State::Starting) else {
            return;
        };
        if checks {
            worker.enter(State::Checking, now);
            self.actions.push(Action::Check(id));
        } else {
            self.proven(id, now);
        }
    }

    /// It is ready and well.
    fn proven(&mut self, id: Id, now: Instant) {
        let Some(worker) = self.workers.get_mut(&id) else {
            return;
        };
        if !matches!(worker.state, State::Starting | State::Checking) {
            return;
        }
        worker.enter(State::Waiting, now);
        if !worker.is_successor {
            self.serve(id, now);
        }
    }

    fn serve(&mut self, id: Id, now: Instant) {
        let Some(worker) = self.in_state(id, State::Waiting) else {
            return;
        };
        worker.enter(State::Serving, now);
        worker.served = Some(now);
        worker.is_successor = false;
        let (slot, generation) = (worker.slot, worker.generation);
        let after = now.saturating_duration_since(worker.started);
        self.has_served = true;
        self.slots[slot].is_given_up = false;
        self.actions.push(Action::Serve(id));
        self.actions.push(Action::Report(Report::Serving {
            id,
            slot,
            generation,
            after,
        }));
    }

    fn unhealthy(&mut self, id: Id, why: String, now: Instant) {
        if let Some(worker) = self.in_state(id, State::Checking) {
            let slot = worker.slot;
            self.actions
                .push(Action::Report(Report::Unhealthy { id, slot, why }));
            self.kill(id, "its health check failed", now);
        }
    }

    fn kill(&mut self, id: Id, why: &'static str, now: Instant) {
        if let Some(worker) = self.workers.get_mut(&id) {
            if worker.state != State::Killed {
                worker.doom.get_or_insert(why);
                worker.enter(State::Killed, now);
                self.actions.push(Action::Kill(id));
            }
        }
    }

    /// Lets a worker go: in order if it serves, at once if it does not yet.
    fn release(&mut self, id: Id, last: bool, now: Instant) {
        let Some(worker) = self.workers.get_mut(&id) else {
            return;
        };
        worker.is_released = true;
        match worker.state {
            State::Serving => {
                worker.enter(State::Draining, now);
                self.actions.push(Action::Drain { id, last });
            }
            State::Starting | State::Checking | State::Waiting => {
                self.kill(id, "it is not needed any more", now);
            }
            State::Draining | State::Aborted | State::Killed => {}
        }
    }

    fn in_state(&mut self, id: Id, state: State) -> Option<&mut Worker> {
        self.workers
            .get_mut(&id)
            .filter(|worker| worker.state == state)
    }

    /// Who is in the slot, or is to be, apart from successors.
    fn has_occupant(&self, slot: usize) -> bool {
        let mut workers = self.workers.values();
        workers
            .any(|worker| worker.slot == slot && worker.state.is_hopeful() && !worker.is_successor)
    }

    fn is_serving(&self, slot: usize) -> bool {
        let mut workers = self.workers.values();
        workers.any(|worker| worker.slot == slot && worker.state == State::Serving)
    }
}
