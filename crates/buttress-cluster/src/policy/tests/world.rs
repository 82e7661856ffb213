//! Processes that do what the policy says.

use crate::policy::{Action, Event, Exit, Id, Report, Rules, State, Supervisor};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

/// Processes as the policy has them, and what was said.
pub(super) struct World {
    pub(super) supervisor: Supervisor,
    pub(super) now: Instant,
    pub(super) alive: BTreeSet<Id>,
    pub(super) serving: BTreeSet<Id>,
    pub(super) aborted: BTreeSet<Id>,
    pub(super) slots: BTreeMap<Id, usize>,
    pub(super) actions: Vec<Action>,
    pub(super) finished: Option<u8>,
}

impl World {
    pub(super) fn new(rules: Rules) -> Self {
        let mut world = Self {
            supervisor: Supervisor::new(rules, 0, 42),
            now: Instant::now(),
            alive: BTreeSet::new(),
            serving: BTreeSet::new(),
            aborted: BTreeSet::new(),
            slots: BTreeMap::new(),
            actions: Vec::new(),
            finished: None,
        };
        world.tell(Event::Tick);
        world
    }

    pub(super) fn tell(&mut self, event: Event) {
        if let Event::Ended(id, _) = &event {
            self.alive.remove(id);
            self.serving.remove(id);
        }
        if let Event::Leaving(id) = &event {
            self.serving.remove(id);
        }
        let before = self.serving.clone();
        for action in self.supervisor.on(event, self.now) {
            self.perform(&action);
            self.actions.push(action);
        }
        // One that hangs has not served for long, whatever it is called.
        let before: BTreeSet<_> = before.difference(&self.aborted).collect();
        if !before.is_empty() && !self.supervisor.is_ending() {
            assert!(!self.serving.is_empty(), "the last that served was let go");
        }
    }

    pub(super) fn perform(&mut self, action: &Action) {
        match action {
            Action::Start { id, slot, .. } => {
                assert!(
                    self.slots.insert(*id, *slot).is_none(),
                    "{id:?} is used twice"
                );
                self.alive.insert(*id);
            }
            Action::Serve(id) => assert!(self.serving.insert(*id)),
            Action::Drain { id, .. } => assert!(self.serving.remove(id)),
            Action::Abort(id) => {
                assert!(self.alive.contains(id), "aborted what had ended");
                assert!(self.serving.remove(id));
                self.aborted.insert(*id);
            }
            Action::Kill(id) => {
                assert!(self.alive.contains(id), "killed what had ended");
                self.serving.remove(id);
            }
            Action::Finish(code) => {
                assert!(self.alive.is_empty(), "finished before all had ended");
                self.finished = Some(*code);
            }
            _ => {}
        }
    }

    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.supervisor.due(self.now).filter(|due| *due <= end) {
            self.now = due;
            self.tell(Event::Tick);
        }
        self.now = end;
        self.tell(Event::Tick);
    }

    pub(super) fn all(&self) -> Vec<Id> {
        self.alive.iter().copied().collect()
    }

    pub(super) fn in_state(&self, state: State) -> Vec<Id> {
        let workers = self.supervisor.workers();
        workers
            .filter_map(|(id, worker)| (worker.state == state).then_some(id))
            .collect()
    }

    /// Does what an honest world would: the started are ready, those who are to
    /// end do.
    pub(super) fn obey(&mut self) {
        for _ in 0..4 {
            for id in self.in_state(State::Starting) {
                self.tell(Event::Ready(id));
            }
            for id in self.in_state(State::Checking) {
                self.tell(Event::Checked(id, Ok(())));
            }
            for id in self.in_state(State::Draining) {
                self.tell(Event::Ended(id, Exit::Code(0)));
            }
            for id in self.in_state(State::Aborted) {
                self.tell(Event::Ended(id, Exit::Signal(6)));
            }
            for id in self.in_state(State::Killed) {
                self.tell(Event::Ended(id, Exit::Signal(9)));
            }
        }
    }

    pub(super) fn reports(&self) -> Vec<&Report> {
        let mut reports = Vec::new();
        for action in &self.actions {
            if let Action::Report(report) = action {
                reports.push(report);
            }
        }
        reports
    }
}
