use crate::store::{
    Capabilities, Commit, Committed, Created, OwnedSession, Rotated, SessionStore, Snapshot,
    StoreError, StoreKey, Swept, Ttl,
};
use std::{
    future::pending,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// A store that counts its trips, and fails when it is told to.
#[derive(Clone, Debug)]
pub struct Faulty<S> {
    inner: S,
    trips: Arc<AtomicUsize>,
    fault: Arc<Mutex<Fault>>,
}

/// How a [`Faulty`] store fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// It does not.
    #[default]
    None,
    /// Each trip fails at once.
    Down,
    /// No trip ends.
    Frozen,
    /// Each record is found to be corrupt.
    Corrupt,
    /// Each trip takes a few turns of the runtime before it begins, and after.
    Slow,
}

impl<S: SessionStore> Faulty<S> {
    /// A store that does not fail yet.
    pub fn new(inner: S) -> Self {
        Self {
            inner,
            trips: Arc::default(),
            fault: Arc::default(),
        }
    }

    /// From now on, for all clones.
    pub fn fail(&self, fault: Fault) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// How many trips there were since this was asked last.
    #[must_use]
    pub fn take_trips(&self) -> usize {
        self.trips.swap(0, Ordering::SeqCst)
    }

    async fn trip<T>(
        &self,
        trip: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.trips.fetch_add(1, Ordering::SeqCst);
        let fault = *self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        match fault {
            Fault::None => trip.await,
            Fault::Down => Err(StoreError::unavailable("the test says so")),
            Fault::Corrupt => Err(StoreError::corrupt("the test says so")),
            Fault::Frozen => pending().await,
            Fault::Slow => {
                wait_a_little().await;
                let output = trip.await;
                wait_a_little().await;
                output
            }
        }
    }
}

async fn wait_a_little() {
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
}

impl<S: SessionStore> SessionStore for Faulty<S> {
    async fn load(
        &self,
        key: &StoreKey,
        touch: Option<Ttl>,
    ) -> Result<Option<Snapshot>, StoreError> {
        self.trip(self.inner.load(key, touch)).await
    }

    async fn create(&self, key: &StoreKey, commit: &Commit) -> Result<Created, StoreError> {
        self.trip(self.inner.create(key, commit)).await
    }

    async fn commit(&self, key: &StoreKey, commit: &Commit) -> Result<Committed, StoreError> {
        self.trip(self.inner.commit(key, commit)).await
    }

    async fn rotate(
        &self,
        old: &StoreKey,
        new: &StoreKey,
        commit: &Commit,
        grace: Duration,
    ) -> Result<Rotated, StoreError> {
        self.trip(self.inner.rotate(old, new, commit, grace)).await
    }

    async fn touch(&self, key: &StoreKey, ttl: Ttl) -> Result<bool, StoreError> {
        self.trip(self.inner.touch(key, ttl)).await
    }

    async fn delete(&self, key: &StoreKey) -> Result<bool, StoreError> {
        // A record that cannot be read can still be deleted.
        if *self.fault.lock().unwrap_or_else(PoisonError::into_inner) == Fault::Corrupt {
            return self.inner.delete(key).await;
        }
        self.trip(self.inner.delete(key)).await
    }

    async fn list_by_owner(
        &self,
        owner: &str,
        limit: usize,
    ) -> Result<Vec<OwnedSession>, StoreError> {
        self.trip(self.inner.list_by_owner(owner, limit)).await
    }

    async fn delete_by_owner(
        &self,
        owner: &str,
        except: Option<&StoreKey>,
    ) -> Result<u64, StoreError> {
        self.trip(self.inner.delete_by_owner(owner, except)).await
    }

    async fn sweep(&self, budget: usize) -> Result<Swept, StoreError> {
        self.trip(self.inner.sweep(budget)).await
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }
}
