//! The endpoints, and which of them requests go to, as of one moment.

use crate::{endpoint::Endpoint, policy::Smooth, shares::Shares, standing::Access};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, atomic::Ordering::Relaxed},
};

pub(crate) type Shared<K, S> = Arc<Endpoint<K, S>>;

/// What a pick looks at: nothing in it is asked for again until something changes.
pub(crate) struct Snapshot<K, S> {
    pub(crate) all: Arc<[Shared<K, S>]>,
    pub(crate) ready: Vec<Shared<K, S>>,
    pub(crate) shares: Shares,
    /// Those that one request may try.
    pub(crate) trials: Vec<Shared<K, S>>,
    /// When to look again, if nothing happens before.
    pub(crate) until: u64,
    /// By the tags of sticky cookies.
    pub(crate) tags: Arc<HashMap<Box<str>, Shared<K, S>>>,
    pub(crate) turns: Mutex<Smooth>,
}

impl<K, S> Snapshot<K, S> {
    pub(crate) fn tags_of(all: &[Shared<K, S>]) -> Arc<HashMap<Box<str>, Shared<K, S>>> {
        let tags = all.iter().flat_map(|endpoint| {
            let tags = endpoint.tags.iter();
            tags.map(|tag| (tag.clone(), Arc::clone(endpoint)))
        });
        Arc::new(tags.collect())
    }

    /// Looks at all of them. Below a share of `panic` that are well, those that were
    /// left out count as well: what makes so many fail is hardly their own fault.
    pub(crate) fn take(
        all: Arc<[Shared<K, S>]>,
        tags: Arc<HashMap<Box<str>, Shared<K, S>>>,
        panic: f64,
        now: u64,
    ) -> Self {
        let access: Vec<_> = all.iter().map(|endpoint| endpoint.access(now)).collect();
        let of = |wanted: fn(&Access) -> bool| {
            let both = all.iter().zip(&access).filter(move |(_, it)| wanted(it));
            both.map(|(endpoint, _)| Arc::clone(endpoint))
        };
        let mut ready: Vec<_> = of(|it| *it == Access::Ready).collect();
        if (ready.len() as f64) < panic * all.len() as f64 {
            ready.extend(of(|it| matches!(it, Access::Ejected(_))));
        }
        if ready.iter().any(|endpoint| endpoint.weight > 0.0) {
            // Spares wait until there are no others.
            ready.retain(|endpoint| endpoint.weight > 0.0);
        }
        let among: HashSet<_> = ready.iter().map(Arc::as_ptr).collect();
        for endpoint in &all[..] {
            let is_ready = among.contains(&Arc::as_ptr(endpoint));
            endpoint.is_ready.store(is_ready, Relaxed);
        }
        let ends = access.iter().filter_map(|access| match access {
            Access::Ejected(until) | Access::Closed(until) => *until,
            Access::Ready | Access::Trial => None,
        });
        Self {
            until: ends.min().unwrap_or(u64::MAX),
            trials: of(|it| *it == Access::Trial).collect(),
            turns: Mutex::new(Smooth::new(ready.len())),
            shares: Shares::of(&ready),
            ready,
            tags,
            all,
        }
    }
}
