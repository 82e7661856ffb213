//! Where cached responses are kept.

use buttress::cache::{BoxError, MemoryStore, Store, Tiered};
use buttress_cache_redis::RedisStore;
use serde::Deserialize;
use std::fmt;
use std::sync::Arc;

/// `memory` or `redis://HOST:PORT`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Tiers {
    /// In this process alone.
    Memory,
    /// Also in a Redis or Valkey, where other processes find them; and what one
    /// of them purges, all forget.
    Redis(String),
}

/// The text names no store that this app knows.
#[derive(Debug)]
pub(crate) struct UnknownTiers;

impl TryFrom<String> for Tiers {
    type Error = UnknownTiers;

    fn try_from(text: String) -> Result<Self, UnknownTiers> {
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            Some(("redis", _)) => Ok(Self::Redis(text)),
            _ => Err(UnknownTiers),
        }
    }
}

impl fmt::Display for UnknownTiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected memory or redis://HOST:PORT")
    }
}

impl Tiers {
    pub(crate) fn store(&self) -> Result<Arc<dyn Store>, BoxError> {
        let memory = MemoryStore::new();
        match self {
            Self::Memory => Ok(Arc::new(memory)),
            // Connects when it is needed, and again after an outage.
            Self::Redis(url) => {
                let shared = RedisStore::open(url)?.name("production");
                Ok(Arc::new(Tiered::new(memory, shared)))
            }
        }
    }
}
