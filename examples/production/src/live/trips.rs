//! Trips to the store of sessions, counted on the way.

use buttress::session::{
    Capabilities, Commit, Committed, Created, DynSessionStore, OwnedSession, Rotated, SessionStore,
    Snapshot, StoreError, StoreKey, Swept, Ttl,
};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

#[derive(Default)]
pub(crate) struct Trips {
    begun: AtomicU64,
    failed: AtomicU64,
    started: AtomicU64,
}

/// What was counted so far.
pub(crate) struct Tally {
    pub(crate) trips: u64,
    /// Those that failed, or that nobody could wait for.
    pub(crate) failed: u64,
    /// The sessions that this process has started.
    pub(crate) started: u64,
}

impl Trips {
    pub(crate) fn counted(self: &Arc<Self>, store: Arc<dyn DynSessionStore>) -> Counted {
        Counted {
            store,
            trips: self.clone(),
        }
    }

    pub(crate) fn tally(&self) -> Tally {
        Tally {
            trips: self.begun.load(Relaxed),
            failed: self.failed.load(Relaxed),
            started: self.started.load(Relaxed),
        }
    }
}

/// A store whose trips are counted.
pub(crate) struct Counted {
    store: Arc<dyn DynSessionStore>,
    trips: Arc<Trips>,
}

/// One trip: dropped before its end it has failed.
struct Trip<'a>(&'a Trips);

impl Drop for Trip<'_> {
    fn drop(&mut self) {
        self.0.failed.fetch_add(1, Relaxed);
    }
}

impl Counted {
    async fn trip<T>(
        &self,
        trip: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.trips.begun.fetch_add(1, Relaxed);
        let unfinished = Trip(&self.trips);
        let result = trip.await;
        if result.is_ok() {
            std::mem::forget(unfinished);
        }
        result
    }
}

impl SessionStore for Counted {
    async fn load(
        &self,
        key: &StoreKey,
        touch: Option<Ttl>,
    ) -> Result<Option<Snapshot>, StoreError> {
        self.trip(self.store.load_boxed(key, touch)).await
    }

    async fn create(&self, key: &StoreKey, commit: &Commit) -> Result<Created, StoreError> {
        let created = self.trip(self.store.create_boxed(key, commit)).await?;
        self.trips.started.fetch_add(1, Relaxed);
        Ok(created)
    }

    async fn commit(&self, key: &StoreKey, commit: &Commit) -> Result<Committed, StoreError> {
        self.trip(self.store.commit_boxed(key, commit)).await
    }

    async fn rotate(
        &self,
        old: &StoreKey,
        new: &StoreKey,
        commit: &Commit,
        grace: Duration,
    ) -> Result<Rotated, StoreError> {
        self.trip(self.store.rotate_boxed(old, new, commit, grace))
            .await
    }

    async fn touch(&self, key: &StoreKey, ttl: Ttl) -> Result<bool, StoreError> {
        self.trip(self.store.touch_boxed(key, ttl)).await
    }

    async fn delete(&self, key: &StoreKey) -> Result<bool, StoreError> {
        self.trip(self.store.delete_boxed(key)).await
    }

    async fn list_by_owner(
        &self,
        owner: &str,
        limit: usize,
    ) -> Result<Vec<OwnedSession>, StoreError> {
        self.trip(self.store.list_by_owner_boxed(owner, limit))
            .await
    }

    async fn delete_by_owner(
        &self,
        owner: &str,
        except: Option<&StoreKey>,
    ) -> Result<u64, StoreError> {
        self.trip(self.store.delete_by_owner_boxed(owner, except))
            .await
    }

    // No request waits for this one.
    async fn sweep(&self, budget: usize) -> Result<Swept, StoreError> {
        self.store.sweep_boxed(budget).await
    }

    fn capabilities(&self) -> Capabilities {
        DynSessionStore::capabilities(&*self.store)
    }
}
