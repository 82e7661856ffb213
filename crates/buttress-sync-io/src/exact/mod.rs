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

use crate::{kind::Kinds, sys, unwind::Modules, watch::Slot};
use std::{cell::Cell, sync::OnceLock};

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
        }
        if !is_trapped() {
            tracing::warn!(
                target: "buttress_sync_io",
                "this kernel cannot trap system calls (prctl refused Syscall User Dispatch): {}",
                match sys::interposes() {
                    true => "calls by way of the C library are found, and no others",
                    false => "only polls over the budget are reported",
                }
            );
        }
    });
}

/// Whether this system can do it.
pub(crate) fn is_supported() -> bool {
    is_trapped() || sys::interpose()
}

/// Whether the kernel does the finding.
fn is_trapped() -> bool {
    sys::install(|| current().map(|exact| -> &'static dyn sys::Observer { exact }))
}

/// What looks for the calls of this thread, with what is allowed at first; made
/// ready when it is first asked for.
#[inline]
pub(crate) fn of_this_thread(slot: &'static Slot, allowed: Kinds) -> Option<&'static Exact> {
    current().or_else(|| worker::enter_thread(slot, allowed))
}

/// Allows some kinds from now on.
pub(crate) fn allow(kinds: Kinds) {
    if let Some(exact) = current() {
        exact.allow(kinds);
    }
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
