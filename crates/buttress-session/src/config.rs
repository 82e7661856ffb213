use crate::{
    Cookie,
    keys::{IdFormat, Seal},
    session::Backend,
    store::{SessionStore, StoreKey, Ttl},
};
use http::HeaderName;
use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::sync::Mutex;

/// The settings of a layer, and what its requests share.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) place: Place,
    pub(crate) cookie: Cookie,
    pub(crate) format: Arc<dyn IdFormat>,
    pub(crate) ttl: Ttl,
    pub(crate) grace: Duration,
    pub(crate) deadline: Duration,
    pub(crate) retry_after: Duration,
    pub(crate) discards: bool,
    pub(crate) tolerates: bool,
    /// Fields that speak to one cache alone, and would overrule `Cache-Control`.
    pub(crate) targeted: Arc<[HeaderName]>,
    pub(crate) turns: Arc<Turns>,
    pub(crate) clock: fn() -> SystemTime,
}

/// Where sessions are kept.
#[derive(Clone)]
pub(crate) enum Place {
    Store {
        store: Arc<dyn Backend>,
        raw_ids: bool,
    },
    Cookie(Seal),
}

impl Place {
    pub(crate) fn of<S: SessionStore>(store: S) -> Self {
        let raw_ids = store.capabilities().raw_ids;
        Self::Store {
            store: Arc::new(store),
            raw_ids,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("is_sealed", &matches!(self.place, Place::Cookie(_)))
            .field("cookie", &self.cookie)
            .field("ttl", &self.ttl)
            .field("grace", &self.grace)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// Lets the requests of this process that lost a compare-and-set go one after
/// another, for else each round of n has one winner and n - 1 more trips.
#[derive(Default)]
pub(crate) struct Turns([Mutex<()>; 32]);

impl Turns {
    pub(crate) fn of(&self, key: &StoreKey) -> &Mutex<()> {
        let last = key.as_bytes().last().copied().unwrap_or_default();
        &self.0[usize::from(last) % self.0.len()]
    }
}
