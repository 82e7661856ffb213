//! The beginning and the end of a poll on a worker: a few stores.

use crate::{
    Kind,
    detector::Detector,
    exact::{self, Exact},
    hits::Hits,
    kind::Kinds,
    label::Label,
    subject,
    watch::{self, Slot},
};
use std::cell::Cell;

thread_local! {
    // Without a destructor, so that reading it is reading memory.
    static WORKER: Worker = const { Worker::new() };
}

/// What a thread knows of its own guards.
struct Worker {
    slot: Cell<Option<&'static Slot>>,
    /// Guards within guards: only the outermost counts.
    depth: Cell<u32>,
    /// What looks for calls, if the outermost wants that.
    exact: Cell<Option<&'static Exact>>,
    /// Scopes within which everything is allowed.
    pauses: Cell<u32>,
    allowed: Cell<Kinds>,
}

impl Worker {
    const fn new() -> Self {
        Self {
            slot: Cell::new(None),
            depth: Cell::new(0),
            exact: Cell::new(None),
            pauses: Cell::new(0),
            allowed: Cell::new(Kinds::NONE),
        }
    }

    #[inline]
    fn begin(&self, detector: &Detector, label: Label) {
        let Some(slot) = self.slot.get().or_else(|| self.first_slot()) else {
            return;
        };
        watch::wake();
        let exact = match detector.is_exact {
            true => exact::of_this_thread(slot, self.allowed.get()),
            false => None,
        };
        self.exact.set(exact);
        if exact.is_some_and(Exact::has_hits) {
            subject::left_behind(slot);
        }
        slot.open(detector.id, label);
        if let Some(exact) = exact {
            exact.begin(detector.lock_threshold);
            exact.arm();
        }
    }

    #[cold]
    fn first_slot(&self) -> Option<&'static Slot> {
        self.slot.set(watch::slot_of_this_thread());
        self.slot.get()
    }

    #[inline]
    fn pause(&self) {
        if let Some(exact) = self.exact.get() {
            exact.disarm();
        }
        if let Some(slot) = self.slot.get() {
            slot.close();
        }
    }

    /// Goes on after a pause.
    fn resume(&self) {
        if let Some(slot) = self.slot.get() {
            slot.resume();
        }
        if let Some(exact) = self.exact.get() {
            exact.arm();
        }
    }

    fn is_watched(&self) -> bool {
        self.depth.get() > 0 && self.pauses.get() == 0
    }
}

/// The thread ends, and its slot will be another's.
pub(crate) fn leave_thread() {
    let leave = |worker: &Worker| {
        worker.slot.set(None);
        worker.exact.set(None);
    };
    let _ = WORKER.try_with(leave);
    exact::leave_thread();
}

/// Does a piece of work, guarded; and whether calls were found in it, which
/// [`take`] gives.
#[inline]
pub(crate) fn guard<T>(detector: &Detector, label: Label, work: impl FnOnce() -> T) -> (T, bool) {
    WORKER.with(|worker| {
        let guard = Guard::enter(worker, detector, label);
        let done = work();
        drop(guard);
        let is_outermost = worker.depth.get() == 0;
        let has_hits = is_outermost && worker.exact.get().is_some_and(Exact::has_hits);
        (done, has_hits)
    })
}

/// What was found in what this thread guarded last.
#[cold]
pub(crate) fn take() -> Option<Hits> {
    WORKER.with(|worker| worker.exact.get()?.take())
}

/// This thread guards nothing from now on.
pub(crate) fn never_on_this_thread() {
    std::mem::forget(Pause::new());
}

struct Guard<'a>(&'a Worker);

impl<'a> Guard<'a> {
    #[inline]
    fn enter(worker: &'a Worker, detector: &Detector, label: Label) -> Self {
        let depth = worker.depth.get();
        worker.depth.set(depth + 1);
        if depth == 0 && worker.pauses.get() == 0 {
            worker.begin(detector, label);
        }
        Self(worker)
    }
}

/// Also when a panic goes through.
impl Drop for Guard<'_> {
    #[inline]
    fn drop(&mut self) {
        let depth = self.0.depth.get();
        // Scopes end in the order in which they began, so this is as it was then.
        if depth == 1 && self.0.pauses.get() == 0 {
            self.0.pause();
        }
        self.0.depth.set(depth - 1);
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
