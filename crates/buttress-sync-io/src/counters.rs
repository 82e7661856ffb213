use crate::Kind;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// So many pairs of kind and route are told apart; the rest counts without one.
#[cfg(feature = "detect")]
const MOST: usize = 4096;

/// What was found so far, by kind and route: also what was not reported, since
/// it was a repetition. For metrics.
#[derive(Debug, Default)]
pub struct Counters {
    counts: Mutex<HashMap<(Kind, Option<String>), u64>>,
    lost: std::sync::atomic::AtomicU64,
}

impl Counters {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts().values().sum()
    }

    /// What was of this kind.
    #[must_use]
    pub fn of(&self, kind: Kind) -> u64 {
        let counts = self.counts();
        let of_kind = counts.iter().filter(|((of, _), _)| *of == kind);
        of_kind.map(|(_, count)| count).sum()
    }

    /// Each kind and route with its count, in no order.
    #[must_use]
    pub fn by_kind_and_route(&self) -> Vec<(Kind, Option<String>, u64)> {
        let counts = self.counts();
        let all = counts.iter();
        all.map(|((kind, route), count)| (*kind, route.clone(), *count))
            .collect()
    }

    /// What was found and could not be kept: the queue was full, or a poll made
    /// more blocking calls than its buffer holds.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.load(std::sync::atomic::Ordering::Relaxed)
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<(Kind, Option<String>), u64>> {
        // Nothing panics while it holds the lock.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(feature = "detect")]
impl Counters {
    pub(crate) fn add(&self, kind: Kind, route: Option<&str>) {
        let mut counts = self.counts();
        let is_full = counts.len() >= MOST;
        let key = (kind, route.map(str::to_owned));
        let key = if is_full && !counts.contains_key(&key) {
            (kind, None)
        } else {
            key
        };
        *counts.entry(key).or_default() += 1;
    }

    pub(crate) fn lose(&self, count: u64) {
        let order = std::sync::atomic::Ordering::Relaxed;
        self.lost.fetch_add(count, order);
    }
}
