use crate::{Key, policy::Timestamp};
use quick_cache::sync::Cache;
use std::fmt;

/// The keys whose responses could not be shared of late: who asks for one asks
/// the origin at once, and waits for nobody ("hit for miss").
///
/// Two keys with one hash would at worst be asked for apart.
pub(crate) struct Marks(Cache<u64, Timestamp>);

impl Marks {
    /// How many are remembered; the least useful are forgotten.
    const MOST: usize = 16 * 1024;

    pub(crate) fn new() -> Self {
        Self(Cache::new(Self::MOST))
    }

    pub(crate) fn is_apart(&self, key: &Key, now: Timestamp) -> bool {
        self.0
            .get(&key.short_hash())
            .is_some_and(|until| now < until)
    }

    pub(crate) fn set(&self, key: &Key, until: Timestamp) {
        self.0.insert(key.short_hash(), until);
    }

    pub(crate) fn remove(&self, key: &Key) {
        self.0.remove(&key.short_hash());
    }
}

impl fmt::Debug for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Marks").finish_non_exhaustive()
    }
}
