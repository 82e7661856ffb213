//! What an endpoint is doing.

use crate::ewma::PeakEwma;
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
};

/// Requests in flight, how long they take, and what came of them.
#[derive(Debug)]
pub(crate) struct Load {
    pending: AtomicUsize,
    ewma: Mutex<PeakEwma>,
    pub(crate) counters: Counters,
}

/// What came of requests, since the endpoint is known.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) requests: AtomicU64,
    pub(crate) good: AtomicU64,
    pub(crate) unsent: AtomicU64,
    pub(crate) broken: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) ejections: AtomicU64,
}

impl Load {
    pub(crate) fn new(ewma: PeakEwma) -> Self {
        Self {
            pending: AtomicUsize::new(0),
            ewma: Mutex::new(ewma),
            counters: Counters::default(),
        }
    }

    // What picks is generic and compiled in the app: without this, a call for each endpoint.
    #[inline]
    pub(crate) fn pending(&self) -> usize {
        self.pending.load(Relaxed)
    }

    /// What one request more would have to wait for, in nanoseconds.
    pub(crate) fn cost(&self, now: u64) -> f64 {
        let cost = self.ewma().cost(now);
        cost * (self.pending() + 1) as f64
    }

    /// Takes in one request more, if there is room for it.
    pub(crate) fn enter(self: &Arc<Self>, most: usize) -> Option<InFlight> {
        let before = self.pending.fetch_add(1, Relaxed);
        // Made first, since it takes back what was added.
        let entered = InFlight(Arc::clone(self));
        if before >= most {
            return None;
        }
        self.counters.requests.fetch_add(1, Relaxed);
        Some(entered)
    }

    pub(crate) fn ewma(&self) -> std::sync::MutexGuard<'_, PeakEwma> {
        self.ewma.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that an endpoint has not ended yet.
#[derive(Debug)]
pub(crate) struct InFlight(Arc<Load>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.pending.fetch_sub(1, Relaxed);
    }
}
