//! The beginning and the end of a poll on a worker: a few stores.

use crate::{
    Kind,
    detector::Detector,
    exact,
    hits::Hits,
    kind::Kinds,
    label::Label,
    watch::{self, Slot},
};
use std::{cell::Cell, marker::PhantomData};

thread_local! {
    // Without a destructor, so that reading it is reading memory.
    static WORKER: Worker = const { Worker::new() };
}

/// What a thread knows of its own guards.
struct Worker {
    slot: Cell<Option<&'static Slot>>,
    /// Guards within guards: only the outermost counts.
    depth: Cell<u32>,
    /// Whether the outermost looks for calls.
    is_exact: Cell<bool>,
    /// Scopes within which everything is allowed.
    pauses: Cell<u32>,
    allowed: Cell<Kinds>,
}

impl Worker {
    const fn new() -> Self {
        Self {
            slot: Cell::new(None),
            depth: Cell::new(0),
            is_exact: Cell::new(false),
            pauses: Cell::new(0),
            allowed: Cell::new(Kinds::NONE),
        }
    }

    fn slot(&self) -> Option<&'static Slot> {
        match self.slot.get() {
            None => {
                self.slot.set(watch::slot_of_this_thread());
                self.slot.get()
            }
            slot => slot,
        }
    }

    fn is_watched(&self) -> bool {
        self.depth.get() > 0 && self.pauses.get() == 0
    }

    /// Goes on after a pause.
    fn resume(&self) {
        if let Some(slot) = self.slot.get() {
            slot.resume();
            if self.is_exact.get() {
                exact::arm();
            }
        }
    }

    fn pause(&self) {
        if self.is_exact.get() {
            exact::disarm();
        }
        if let Some(slot) = self.slot.get() {
            slot.close();
        }
    }
}

/// The thread ends, and its slot will be another's.
pub(crate) fn leave_thread() {
    let _ = WORKER.try_with(|worker| worker.slot.set(None));
    exact::leave_thread();
}

/// A poll that is being guarded.
pub(crate) struct Guard {
    /// Only where it was made.
    _not_send: PhantomData<*const ()>,
}

/// Guards what this thread does from now on.
#[inline]
pub(crate) fn enter(detector: &Detector, label: &Label) -> Guard {
    WORKER.with(|worker| {
        let depth = worker.depth.get();
        worker.depth.set(depth + 1);
        if depth == 0 {
            begin(worker, detector, label);
        }
    });
    Guard {
        _not_send: PhantomData,
    }
}

#[inline]
fn begin(worker: &Worker, detector: &Detector, label: &Label) {
    let Some(slot) = worker.slot() else {
        return;
    };
    watch::wake();
    slot.open(detector.id, label);
    let is_exact = detector.config.mode.is_exact();
    worker.is_exact.set(is_exact);
    if is_exact {
        exact::begin(slot, worker.allowed.get(), detector.config.lock_threshold);
        exact::arm();
    }
}

impl Guard {
    /// Ends it; what was found, if something was.
    #[inline]
    pub(crate) fn leave(self) -> Option<Hits> {
        let is_exact = WORKER.with(|worker| worker.depth.get() == 1 && worker.is_exact.get());
        drop(self);
        is_exact.then(exact::take).flatten()
    }
}

/// Also when a panic goes through.
impl Drop for Guard {
    #[inline]
    fn drop(&mut self) {
        WORKER.with(|worker| {
            let depth = worker.depth.get();
            if depth == 1 {
                worker.pause();
            }
            worker.depth.set(depth - 1);
        });
    }
}

/// A scope within a poll in which all is allowed.
pub(crate) struct Pause(());

impl Pause {
    pub(crate) fn new() -> Self {
        WORKER.with(|worker| {
            if worker.is_watched() {
                worker.pause();
            }
            worker.pauses.set(worker.pauses.get() + 1);
        });
        Self(())
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        WORKER.with(|worker| {
            worker.pauses.set(worker.pauses.get() - 1);
            if worker.is_watched() {
                worker.resume();
            }
        });
    }
}

/// A scope in which one kind more is allowed.
pub(crate) struct Allowance(Kinds);

impl Allowance {
    pub(crate) fn new(kind: Kind) -> Self {
        WORKER.with(|worker| {
            let before = worker.allowed.get();
            allow(worker, before.with(kind));
            Self(before)
        })
    }
}

impl Drop for Allowance {
    fn drop(&mut self) {
        WORKER.with(|worker| allow(worker, self.0));
    }
}

fn allow(worker: &Worker, kinds: Kinds) {
    worker.allowed.set(kinds);
    exact::allow(kinds);
    if let Some(slot) = worker.slot.get() {
        slot.allow(kinds.bits());
    }
}
