mod expiry;
mod record;
mod table;

use super::{
    Capabilities, Commit, Committed, Created, Name, OwnedSession, Rotated, SessionStore, Snapshot,
    StoreError, StoreKey, Swept, Ttl,
};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use table::Table;
use tokio::time::Instant;

/// Keeps sessions in this process's memory, within bounds. Clones share them.
///
/// For development, tests, and apps that are one process and may forget: a
/// restart ends all sessions. At a bound the sessions that end soonest make room
/// for new ones, which are those that were not used for longest.
///
/// Those whose time is over are removed when new ones come, a few at a time, and
/// by [`sweep`](SessionStore::sweep).
#[derive(Clone)]
pub struct MemoryStore {
    limits: Limits,
    table: Arc<Mutex<Table>>,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    sessions: usize,
    bytes: usize,
    session_bytes: usize,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self {
            limits: Limits {
                sessions: 100_000,
                bytes: 256 << 20,
                session_bytes: 64 << 10,
            },
            table: Arc::default(),
        }
    }

    /// How many sessions there may be: 100,000 unless said otherwise.
    #[must_use]
    pub fn sessions(mut self, sessions: usize) -> Self {
        self.limits.sessions = sessions;
        self
    }

    /// How many bytes all may take: 256 MiB unless said otherwise. Names and
    /// values count, and 512 for each session.
    #[must_use]
    pub fn bytes(mut self, bytes: usize) -> Self {
        self.limits.bytes = bytes;
        self
    }

    /// How many bytes the names and values of one may take: 64 KiB unless said
    /// otherwise.
    #[must_use]
    pub fn session_bytes(mut self, bytes: usize) -> Self {
        self.limits.session_bytes = bytes;
        self
    }

    /// How many sessions there are. Those whose time is over count until they are
    /// removed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table().len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes that all sessions take, as [`bytes`](Self::bytes) counts them.
    #[must_use]
    pub fn used(&self) -> usize {
        self.table().bytes()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // Nothing panics while it holds the lock, so that what is behind a
        // poisoned one is as good as ever.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl SessionStore for MemoryStore {
    async fn load(
        &self,
        key: &StoreKey,
        touch: Option<Ttl>,
    ) -> Result<Option<Snapshot>, StoreError> {
        Ok(self.table().load(key, touch, Instant::now()))
    }

    async fn create(&self, key: &StoreKey, commit: &Commit) -> Result<Created, StoreError> {
        self.table()
            .create(key, commit, self.limits, Instant::now())
    }

    async fn commit(&self, key: &StoreKey, commit: &Commit) -> Result<Committed, StoreError> {
        self.table()
            .commit(key, commit, self.limits, Instant::now())
    }

    async fn rotate(
        &self,
        old: &StoreKey,
        new: &StoreKey,
        commit: &Commit,
        grace: Duration,
    ) -> Result<Rotated, StoreError> {
        self.table()
            .rotate(old, new, commit, grace, self.limits, Instant::now())
    }

    async fn touch(&self, key: &StoreKey, ttl: Ttl) -> Result<bool, StoreError> {
        Ok(self.table().touch(key, ttl, Instant::now()))
    }

    async fn delete(&self, key: &StoreKey) -> Result<bool, StoreError> {
        Ok(self.table().delete(key, Instant::now()))
    }

    async fn list_by_owner(
        &self,
        owner: &str,
        limit: usize,
    ) -> Result<Vec<OwnedSession>, StoreError> {
        Ok(self.table().list_by_owner(owner, limit, Instant::now()))
    }

    async fn delete_by_owner(
        &self,
        owner: &str,
        except: Option<&StoreKey>,
    ) -> Result<u64, StoreError> {
        Ok(self.table().delete_by_owner(owner, except, Instant::now()))
    }

    async fn sweep(&self, budget: usize) -> Result<Swept, StoreError> {
        Ok(self.table().sweep(budget, Instant::now()))
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            shared: false,
            ..Capabilities::ALL
        }
    }
}
