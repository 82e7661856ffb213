use super::{
    FlushError, Overflow, Stats, drainer,
    shards::{Shards, Taken},
    stats::{Counters, lines_in},
};
use std::{
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

/// What the threads that log and the one that writes have in common.
pub(crate) struct Shared {
    pub(super) shards: Shards,
    pub(super) counters: Counters,
    pub(super) on_error: Box<dyn Fn(&io::Error) + Send + Sync>,
    overflow: Overflow,
    /// The bytes that are being written.
    in_hand: AtomicU64,
    /// Whether the thread waits without a tick, since nothing has come for long.
    is_asleep: AtomicBool,
    orders: Mutex<Orders>,
    for_thread: Condvar,
    for_flushers: Condvar,
}

/// What the thread was asked to do.
#[derive(Debug, Default)]
struct Orders {
    wake: bool,
    reopen: bool,
    stop: bool,
    /// How many flushes were asked for, and how many are done.
    flushes_asked: u64,
    flushes_done: u64,
    has_stopped: bool,
}

/// What it is to do now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    pub(super) reopen: bool,
    pub(super) stop: bool,
    flushes: u64,
}

/// From the threads that log.
impl Shared {
    pub(super) fn new(
        capacity: usize,
        overflow: Overflow,
        on_error: Box<dyn Fn(&io::Error) + Send + Sync>,
    ) -> Self {
        Self {
            shards: Shards::new(capacity),
            counters: Counters::default(),
            on_error,
            overflow,
            in_hand: AtomicU64::new(0),
            is_asleep: AtomicBool::new(false),
            orders: Mutex::default(),
            for_thread: Condvar::new(),
            for_flushers: Condvar::new(),
        }
    }

    pub(super) fn push(&self, line: &[u8]) -> bool {
        let mut taken = self.shards.push(line);
        while taken == Taken::NoRoom && self.waits_for_room(line) {
            taken = self.shards.push(line);
        }
        if taken == Taken::NoRoom {
            self.counters.count_overflowed(lines_in(line));
            return false;
        }
        // The thread sets the flag before it locks each buffer for a last look, so
        // whoever fills one after that look sees it set.
        if taken == Taken::YesAndHalfFull || self.is_asleep.load(Ordering::Relaxed) {
            self.wake();
        }
        true
    }

    pub(super) fn wake(&self) {
        self.orders().wake = true;
        self.for_thread.notify_one();
    }

    pub(super) fn ask_to_reopen(&self) {
        self.orders().reopen = true;
        self.for_thread.notify_one();
    }

    pub(super) fn flush(&self, deadline: Duration) -> Result<(), FlushError> {
        let mut orders = self.orders();
        orders.flushes_asked += 1;
        let mine = orders.flushes_asked;
        self.wait_for(deadline, orders, |orders| {
            orders.flushes_done >= mine || orders.has_stopped
        })
    }

    /// Has all lines written and the thread ended. What comes later is dropped.
    pub(super) fn stop(&self, deadline: Duration) -> Result<(), FlushError> {
        let mut orders = self.orders();
        orders.stop = true;
        self.wait_for(deadline, orders, |orders| orders.has_stopped)
    }

    pub(super) fn stats(&self) -> Stats {
        let in_hand = self.in_hand.load(Ordering::Relaxed);
        self.counters.stats(self.shards.bytes() as u64 + in_hand)
    }

    fn waits_for_room(&self, line: &[u8]) -> bool {
        // The thread that writes would wait for itself, when its sink or `on_error` logs.
        if self.overflow != Overflow::Block || drainer::is_this_thread() {
            return false;
        }
        // Whoever waits for room does not want to wait for the tick as well.
        self.wake();
        self.shards.wait_for_room(line)
    }

    fn wait_for(
        &self,
        deadline: Duration,
        orders: MutexGuard<'_, Orders>,
        is_done: impl Fn(&Orders) -> bool,
    ) -> Result<(), FlushError> {
        self.for_thread.notify_one();
        let waited = self
            .for_flushers
            .wait_timeout_while(orders, deadline, |orders| !is_done(orders));
        let (orders, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if is_done(&orders) {
            return Ok(());
        }
        drop(orders);
        Err(FlushError::new(self.stats().pending_bytes))
    }

    fn orders(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// From the thread that writes.
impl Shared {
    /// Waits for the tick, or for a reason to be earlier.
    pub(super) fn next_order(&self, tick: Duration) -> Order {
        let orders = self.orders();
        // To the tick although woken: writers wake for half a buffer, and then it
        // is time.
        let waited = self
            .for_thread
            .wait_timeout_while(orders, tick, |orders| !orders.is_urgent());
        let (orders, _) = waited.unwrap_or_else(PoisonError::into_inner);
        Self::take(orders)
    }

    /// Waits until there is something to do. Nothing ticks meanwhile.
    pub(super) fn next_order_asleep(&self) -> Order {
        self.is_asleep.store(true, Ordering::Relaxed);
        let mut orders = self.orders();
        if self.shards.is_empty() {
            let waited = self
                .for_thread
                .wait_while(orders, |orders| !orders.is_urgent());
            orders = waited.unwrap_or_else(PoisonError::into_inner);
        }
        self.is_asleep.store(false, Ordering::Relaxed);
        Self::take(orders)
    }

    pub(super) fn done(&self, order: Order) {
        self.orders().flushes_done = order.flushes;
        self.for_flushers.notify_all();
    }

    pub(super) fn stopped(&self) {
        self.orders().has_stopped = true;
        self.for_flushers.notify_all();
    }

    pub(super) fn set_in_hand(&self, bytes: usize) {
        self.in_hand.store(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn report(&self, error: &io::Error) {
        self.counters.count_error();
        // The writer outlives what the app does with an error.
        let _ = catch_unwind(AssertUnwindSafe(|| (self.on_error)(error)));
    }

    fn take(mut orders: MutexGuard<'_, Orders>) -> Order {
        orders.wake = false;
        Order {
            reopen: std::mem::take(&mut orders.reopen),
            stop: orders.stop,
            flushes: orders.flushes_asked,
        }
    }
}

impl Orders {
    fn is_urgent(&self) -> bool {
        self.wake || self.reopen || self.stop || self.flushes_asked > self.flushes_done
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("overflow", &self.overflow)
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}
