//! The slots of all workers.

use super::{Slot, Thread};
use crate::sys;
use std::{
    cell::RefCell,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

/// So many threads are watched at once; others go unseen.
const MOST: usize = 4096;

#[derive(Default)]
struct Pool {
    all: Vec<&'static Slot>,
    free: Vec<&'static Slot>,
}

static POOL: Mutex<Pool> = Mutex::new(Pool {
    all: Vec::new(),
    free: Vec::new(),
});

thread_local! {
    /// Gives the slot back when the thread ends.
    static LEASE: RefCell<Option<Lease>> = const { RefCell::new(None) };
}

struct Lease(&'static Slot);

impl Drop for Lease {
    fn drop(&mut self) {
        self.0.take_over(None);
        crate::guard::leave_thread();
        pool().free.push(self.0);
    }
}

/// Gives this thread a slot. `None` while the thread is being torn down, and
/// when there are too many.
#[cold]
pub(crate) fn slot_of_this_thread() -> Option<&'static Slot> {
    let lease = |lease: &RefCell<Option<Lease>>| {
        let mut lease = lease.borrow_mut();
        if let Some(Lease(slot)) = *lease {
            return Some(slot);
        }
        let slot = take()?;
        slot.take_over(Some(this_thread()));
        *lease = Some(Lease(slot));
        Some(slot)
    };
    LEASE.try_with(lease).ok().flatten()
}

/// All that ever were used.
pub(crate) fn all() -> Vec<&'static Slot> {
    pool().all.clone()
}

fn take() -> Option<&'static Slot> {
    let mut pool = pool();
    if let Some(slot) = pool.free.pop() {
        return Some(slot);
    }
    if pool.all.len() >= MOST {
        return None;
    }
    // Leaked on purpose, and found again in the pool: others look at it without
    // knowing whether its thread lives.
    let slot: &'static Slot = Box::leak(Box::default());
    pool.all.push(slot);
    Some(slot)
}

fn this_thread() -> Thread {
    let current = thread::current();
    Thread {
        id: sys::thread_id(),
        name: Arc::from(current.name().unwrap_or("unnamed")),
        stack: sys::stack_of_this_thread(),
    }
}

fn pool() -> MutexGuard<'static, Pool> {
    // Nothing panics while it holds the lock.
    POOL.lock().unwrap_or_else(PoisonError::into_inner)
}
