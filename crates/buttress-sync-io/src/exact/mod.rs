//! The exact tier: finds each system call that may block while a guarded poll
//! runs.
//!
//! `arm` and `disarm` are a store each. A trapped call is judged in the signal
//! handler and written into a buffer; what is in there is taken after the poll.

mod buffer;
mod descriptor;
mod judge;
mod worker;

pub(crate) use worker::Trapped;
pub(crate) use worker::{Exact, leave_thread};

use crate::{hits::Hits, kind::Kinds, sys, unwind::Modules, watch::Slot};
use std::{cell::Cell, sync::OnceLock, time::Duration};

thread_local! {
    // Without a destructor: the handler may ask at any time.
    static EXACT: Cell<Option<&'static Exact>> = const { Cell::new(None) };
}

/// Makes ready, or says once that it cannot be.
pub(crate) fn start() {
    static START: OnceLock<()> = OnceLock::new();
    START.get_or_init(|| {
        if is_supported() {
            // Before there are requests: it takes milliseconds.
            Modules::current();
        } else {
            tracing::warn!(
                target: "buttress_sync_io",
                "this kernel cannot trap system calls (prctl refused Syscall User Dispatch): \
                 only polls over the budget are reported"
            );
        }
    });
}

/// Whether this system can do it.
pub(crate) fn is_supported() -> bool {
    sys::install(|| current().map(|exact| -> &'static dyn sys::Observer { exact }))
}

/// A poll begins that will be armed.
#[inline]
pub(crate) fn begin(slot: &'static Slot, allowed: Kinds, lock_threshold: Duration) {
    let exact = match current() {
        Some(exact) => exact,
        None => match worker::enter_thread(slot) {
            Some(exact) => exact,
            None => return,
        },
    };
    exact.begin(allowed, lock_threshold);
}

#[inline]
pub(crate) fn arm() {
    if let Some(exact) = current() {
        exact.arm();
    }
}

#[inline]
pub(crate) fn disarm() {
    if let Some(exact) = current() {
        exact.disarm();
    }
}

/// Allows some kinds from now on.
pub(crate) fn allow(kinds: Kinds) {
    if let Some(exact) = current() {
        exact.allow(kinds);
    }
}

/// What was found since this was last asked. Not while armed.
#[inline]
pub(crate) fn take() -> Option<Hits> {
    current()?.take()
}

/// Where a thread was before it came to make a call in our stead: its registers,
/// the last of which is known only then.
pub(crate) fn before_the_trap(slot: &Slot, pc: u64, sp: u64) -> (u64, u64, Option<u64>) {
    match slot.trapped.registers() {
        Some(before) if sys::is_ours(pc) => (before.pc, before.sp, Some(before.bp)),
        _ => (pc, sp, None),
    }
}

fn current() -> Option<&'static Exact> {
    EXACT.with(Cell::get)
}
