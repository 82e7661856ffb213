//! Where sessions are kept, and what their ids are signed with.

use buttress::session::{DynSessionStore, KeyRing, MemoryStore, WeakSecret};
use buttress_env::Secret;
use buttress_session_redis::RedisStore;
use buttress_session_sql::SqliteStore;
use serde::Deserialize;
use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// `memory`, `sqlite:FILE` or `redis://HOST:PORT`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Place {
    /// In this process: other processes do not see them, and a restart ends them.
    Memory,
    /// In a file, for all processes of this machine.
    Sqlite(PathBuf),
    /// In a Redis or Valkey, for all processes there are.
    Redis(String),
}

/// The text names no place that this app knows.
#[derive(Debug)]
pub(crate) struct UnknownPlace;

impl TryFrom<String> for Place {
    type Error = UnknownPlace;

    fn try_from(text: String) -> Result<Self, UnknownPlace> {
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            Some(("sqlite", file)) if !file.is_empty() => Ok(Self::Sqlite(file.into())),
            Some(("redis", _)) => Ok(Self::Redis(text)),
            _ => Err(UnknownPlace),
        }
    }
}

impl fmt::Display for UnknownPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected memory, sqlite:FILE or redis://HOST:PORT")
    }
}

impl Place {
    pub(crate) async fn open(
        &self,
    ) -> Result<Arc<dyn DynSessionStore>, Box<dyn Error + Send + Sync>> {
        match self {
            Self::Memory => Ok(Arc::new(MemoryStore::new())),
            Self::Sqlite(file) => {
                let store = SqliteStore::open(file);
                // A file that cannot be had is better known now.
                store.migrate().await?;
                Ok(Arc::new(store))
            }
            // Connects when it is needed, and again after an outage.
            Self::Redis(url) => Ok(Arc::new(RedisStore::open(url)?)),
        }
    }
}

/// With a ring, ids that nobody signed are known without asking the store.
pub(crate) fn ring(secret: Option<&Secret<String>>) -> Result<Option<KeyRing>, WeakSecret> {
    secret.map(|it| KeyRing::new(it.expose())).transpose()
}
