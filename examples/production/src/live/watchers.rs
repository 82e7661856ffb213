//! Who watches, and what they are told: each the latest, however slowly they read.

use axum::body::Bytes;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// So many may watch at once. Each has a connection of its own all the while.
const MOST: usize = 64;

pub(crate) struct Watchers {
    latest: watch::Sender<Bytes>,
    places: Arc<Semaphore>,
}

pub(crate) struct Watcher {
    /// What it is told first.
    first: Option<Bytes>,
    latest: watch::Receiver<Bytes>,
    _place: OwnedSemaphorePermit,
}

impl Default for Watchers {
    fn default() -> Self {
        Self {
            latest: watch::Sender::new(Bytes::new()),
            places: Arc::new(Semaphore::new(MOST)),
        }
    }
}

impl Watchers {
    pub(crate) fn join(&self, first: Bytes) -> Option<Watcher> {
        let place = self.places.clone().try_acquire_owned().ok()?;
        Some(Watcher {
            first: Some(first),
            latest: self.latest.subscribe(),
            _place: place,
        })
    }

    /// Tells all the same, which is made once, and only if somebody watches.
    pub(crate) fn tell(&self, event: impl FnOnce() -> Bytes) {
        if self.latest.receiver_count() > 0 {
            self.latest.send_replace(event());
        }
    }
}

impl Watcher {
    /// The first at once, then one a second; of those that were missed the last.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        self.latest.changed().await.ok()?;
        Some(self.latest.borrow_and_update().clone())
    }
}
