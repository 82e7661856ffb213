//! The registers and the stack of a thread, copied while it was stuck. What led
//! there is found out later, by the reporter: that takes long where nothing was
//! optimised, and the watchdog has others to look at.

use crate::{
    sys::{self, Registers},
    unwind::{Cache, FRAMES, Modules, Stack},
    watch::Thread,
};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// So much of a stack is copied.
const MOST: u64 = 256 * 1024;
/// And so much while copies of [`ENOUGH`] bytes wait for the reporter.
const LITTLE: u64 = 16 * 1024;
const ENOUGH: usize = 32 * 1024 * 1024;

/// The bytes of all copies.
static HELD: AtomicUsize = AtomicUsize::new(0);

/// Enough to say which calls a thread was in.
#[derive(Debug)]
pub(crate) struct Trace {
    stack: Stack,
    pc: u64,
    sp: u64,
    /// Of a thread that waits in a call the kernel does not tell it.
    bp: Option<u64>,
    is_in_call: bool,
    /// Whether the stack may be of a later moment than the registers.
    pub(crate) has_run: bool,
}

/// The addresses of the calls that led to some place, the innermost first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Calls {
    pub(crate) addresses: Vec<u64>,
    /// Whether they rest on a guess.
    pub(crate) inferred: bool,
}

impl Trace {
    /// Copies the stack of a thread from outside.
    pub(crate) fn copy(
        thread: &Thread,
        (pc, sp, bp): (u64, u64, Option<u64>),
        is_in_call: bool,
    ) -> Self {
        let most = if HELD.load(Relaxed) < ENOUGH {
            MOST
        } else {
            LITTLE
        };
        let end = if thread.stack.contains(&sp) {
            thread.stack.end.min(sp + most)
        } else {
            // A stack of the app's own, as a coroutine has.
            sp.saturating_add(most / 8)
        };
        let mut bytes = vec![0; usize::try_from(end - sp).unwrap_or(0)];
        let read = sys::read_memory(sp, &mut bytes);
        bytes.truncate(read);
        let stack = Stack { start: sp, bytes };
        Self::new(stack, (pc, sp, bp), is_in_call)
    }

    /// What was seen of a thread on a CPU.
    pub(crate) fn seen(registers: Registers, bytes: Vec<u8>) -> Self {
        let Registers { pc, sp, bp } = registers;
        Self::new(Stack { start: sp, bytes }, (pc, sp, Some(bp)), false)
    }

    fn new(mut stack: Stack, (pc, sp, bp): (u64, u64, Option<u64>), is_in_call: bool) -> Self {
        stack.bytes.shrink_to_fit();
        HELD.fetch_add(stack.bytes.len(), Relaxed);
        Self {
            stack,
            pc,
            sp,
            bp,
            is_in_call,
            has_run: false,
        }
    }

    pub(crate) fn calls(&self) -> Calls {
        let (pc, sp, modules) = (self.pc, self.sp, Modules::current());
        let (mut addresses, inferred) = match self.bp {
            Some(bp) => {
                let mut frames = [0; FRAMES];
                let (mut cache, read) = (Cache::new_in(), |address| self.stack.read(address));
                let registers = Registers { pc, sp, bp };
                let (len, _) = modules.unwind(registers, &mut cache, read, &mut frames);
                (frames[..len].to_vec(), false)
            }
            None => self.stack.unwind_without_bp(&modules, pc, sp),
        };
        if let (Some(first), true) = (addresses.first_mut(), self.is_in_call) {
            // The counter stands behind the call already.
            *first -= 1;
        }
        Calls {
            addresses,
            inferred: inferred || self.has_run,
        }
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        HELD.fetch_sub(self.stack.bytes.len(), Relaxed);
    }
}
