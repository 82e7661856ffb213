use crate::{endpoint::Endpoint, standing::Access};
use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// How an endpoint does, for pages of state and for metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EndpointState<K> {
    /// What it is known by.
    pub key: K,
    /// Whether requests go to it.
    pub is_ready: bool,
    /// Whether it could not be reached, so that nothing is sent to it.
    pub is_open: bool,
    /// Whether it is ejected, or unwell by the checks of its health.
    pub is_ejected: bool,
    /// Requests in flight.
    pub pending: usize,
    /// How long it takes to answer, as a moving average.
    pub latency: Duration,
    /// Requests that were sent to it, retries and hedges among them.
    pub requests: u64,
    /// Those that it answered well.
    pub good: u64,
    /// Those that did not reach it.
    pub unsent: u64,
    /// Those in which it broke off.
    pub broken: u64,
    /// Those in which the app failed.
    pub failed: u64,
    /// How often it was ejected.
    pub ejections: u64,
}

impl<K: Clone> EndpointState<K> {
    pub(crate) fn of<S>(endpoint: &Endpoint<K, S>, now: u64) -> Self {
        let access = endpoint.access(now);
        let counters = &endpoint.load.counters;
        let count = |counter: &AtomicU64| counter.load(Relaxed);
        let latency = endpoint.load.ewma().cost(now);
        Self {
            key: endpoint.backend.key.clone(),
            is_ready: endpoint.is_ready.load(Relaxed),
            is_open: matches!(access, Access::Closed(_) | Access::Trial),
            is_ejected: matches!(access, Access::Ejected(_)),
            pending: endpoint.load.pending(),
            latency: Duration::from_nanos(latency as u64),
            requests: count(&counters.requests),
            good: count(&counters.good),
            unsent: count(&counters.unsent),
            broken: count(&counters.broken),
            failed: count(&counters.failed),
            ejections: count(&counters.ejections),
        }
    }
}
