//! What belongs to one worker: it is never freed, for the kernel keeps an
//! address in it.

use super::{EXACT, buffer::Buffer, judge};
use crate::{
    Kind,
    hits::Hits,
    kind::Kinds,
    sys::{self, Observer, Registers, Trap},
    watch::Slot,
};
use std::{
    sync::{
        Mutex, OnceLock,
        atomic::{
            AtomicBool, AtomicU8, AtomicU32, AtomicU64,
            Ordering::{Acquire, Relaxed, Release},
        },
    },
    time::{Duration, Instant},
};

/// The exact tier's part of a slot.
#[derive(Debug, Default)]
pub(crate) struct Trapped {
    exact: OnceLock<Exact>,
}

/// A worker whose calls can be trapped.
#[derive(Debug, Default)]
pub(crate) struct Exact {
    selector: AtomicU8,
    allowed: AtomicU32,
    lock_threshold: AtomicU64,
    has_hits: AtomicBool,
    /// Locked by the worker, and by the handler on the same thread: that only
    /// tries.
    buffer: Mutex<Option<Buffer>>,
    /// The nanoseconds that records have taken, stacks above all. The worker is the only
    /// writer.
    recording: AtomicU64,
    /// Where the call was made that is being made in our stead.
    pc: AtomicU64,
    sp: AtomicU64,
    bp: AtomicU64,
}

impl Trapped {
    /// Where the latest trapped call was made.
    pub(crate) fn registers(&self) -> Option<Registers> {
        let exact = self.exact.get()?;
        let pc = exact.pc.load(Acquire);
        let (sp, bp) = (exact.sp.load(Relaxed), exact.bp.load(Relaxed));
        (pc != 0).then_some(Registers { pc, sp, bp })
    }

    /// What this worker has spent on records so far.
    pub(crate) fn recording(&self) -> Duration {
        let exact = self.exact.get();
        let recording = exact.map_or(0, |exact| exact.recording.load(Relaxed));
        Duration::from_nanos(recording)
    }
}

/// Switches the kernel on for this thread.
#[cold]
pub(super) fn enter_thread(slot: &'static Slot, allowed: Kinds) -> Option<&'static Exact> {
    if !super::is_supported() {
        return None;
    }
    let exact = slot.trapped.exact.get_or_init(Exact::default);
    sys::disarm(&exact.selector);
    exact.allow(allowed);
    exact.has_hits.store(false, Relaxed);
    *exact.buffer.lock().ok()? = Some(Buffer::of_this_thread());
    // Before the kernel looks: the handler asks for it.
    EXACT.with(|current| current.set(Some(exact)));
    if !sys::interposes() && !sys::switch_on(&exact.selector) {
        EXACT.with(|current| current.set(None));
        return None;
    }
    Some(exact)
}

/// Switches it off again, before the slot is another thread's.
pub(crate) fn leave_thread() {
    if let Some(exact) = EXACT.with(|current| current.replace(None)) {
        sys::disarm(&exact.selector);
        sys::switch_off();
    }
}

impl Exact {
    /// A poll begins; locks count that take so many nanoseconds.
    #[inline]
    pub(crate) fn begin(&self, lock_threshold: u64) {
        self.lock_threshold.store(lock_threshold, Relaxed);
    }

    pub(super) fn allow(&self, kinds: Kinds) {
        self.allowed.store(kinds.bits(), Relaxed);
    }

    #[inline]
    pub(crate) fn arm(&self) {
        sys::arm(&self.selector);
    }

    #[inline]
    pub(crate) fn disarm(&self) {
        sys::disarm(&self.selector);
    }

    #[inline]
    pub(crate) fn has_hits(&self) -> bool {
        self.has_hits.load(Relaxed)
    }

    /// What was found since this was last asked. Not while armed.
    pub(crate) fn take(&self) -> Option<Hits> {
        self.has_hits.store(false, Relaxed);
        self.buffer.lock().ok()?.as_mut()?.take()
    }

    fn record(&self, trap: &Trap, found: &judge::Found, took: Option<Duration>) {
        let began = Instant::now();
        self.write_down(trap, found, took);
        let took = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let recording = self.recording.load(Relaxed).saturating_add(took);
        self.recording.store(recording, Relaxed);
    }

    fn write_down(&self, trap: &Trap, found: &judge::Found, took: Option<Duration>) {
        // It is locked only if a signal came while the worker had it, unarmed.
        let Ok(mut buffer) = self.buffer.try_lock() else {
            return;
        };
        if let Some(buffer) = &mut *buffer {
            let allowed = Kinds::from_bits(self.allowed.load(Relaxed));
            buffer.record(trap, found, allowed, took);
            self.has_hits.store(true, Relaxed);
        }
    }
}

impl Observer for Exact {
    fn selector(&'static self) -> &'static AtomicU8 {
        &self.selector
    }

    fn around(&self, trap: &Trap, call: &mut dyn FnMut()) -> bool {
        self.sp.store(trap.registers.sp, Relaxed);
        self.bp.store(trap.registers.bp, Relaxed);
        self.pc.store(trap.registers.pc, Release);
        let Some(found) = judge::judge(trap) else {
            return false;
        };
        if found.kind == Kind::Process {
            // It may have to return twice.
            self.record(trap, &found, None);
            return false;
        }
        let began = Instant::now();
        call();
        let took = began.elapsed();
        // Not even unwound if it was short, as nearly all locks are.
        let threshold = Duration::from_nanos(self.lock_threshold.load(Relaxed));
        if !found.is_lock || took >= threshold {
            self.record(trap, &found, Some(took));
        }
        true
    }
}
