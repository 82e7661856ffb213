//! Where cached responses are kept, and the layer that keeps them.

use buttress_cache::{BoxError, CacheLayer, MemoryStore, StatusMode, Tiered};
use buttress_cache_redis::RedisStore;
use serde::Deserialize;
use std::fmt;

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
    pub(crate) fn layer(&self) -> Result<CacheLayer, BoxError> {
        let memory = MemoryStore::new();
        let layer = match self {
            Self::Memory => CacheLayer::new(memory),
            // Connects when it is needed, and again after an outage.
            Self::Redis(url) => CacheLayer::new(Tiered::new(
                memory,
                RedisStore::open(url)?.name("production"),
            )),
        };
        // `Cache-Status` tells what the cache did. It also tells clients what
        // others have asked for, so an app leaves it off where that matters.
        Ok(layer.status(StatusMode::Full))
    }
}
