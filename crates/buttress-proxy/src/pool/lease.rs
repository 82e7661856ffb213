use super::{Idle, Pool, Pooled, State};
use std::{
    fmt, mem,
    sync::{Arc, MutexGuard},
};
use tokio::{sync::oneshot, time::Instant};

/// A place among the open connections, with a connection in it or leave to open
/// one. Dropped, it makes room.
pub(crate) struct Lease<T: Pooled> {
    pool: Arc<Pool<T>>,
    item: Option<Box<T>>,
    /// Its place went to another lease, or to the idle ones.
    is_over: bool,
}

impl<T: Pooled> Lease<T> {
    pub(super) fn new(pool: Arc<Pool<T>>, item: Option<Box<T>>) -> Self {
        Self {
            pool,
            item,
            is_over: false,
        }
    }

    /// Whether there is no connection in it yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.item.is_none()
    }

    pub(crate) fn open(&mut self, item: T) {
        self.item = Some(Box::new(item));
    }

    pub(crate) fn item(&mut self) -> Option<&mut T> {
        self.item.as_deref_mut()
    }

    /// Takes the connection out for good, for a tunnel: it counts no more.
    pub(crate) fn into_item(mut self) -> Option<Box<T>> {
        self.item.take()
    }

    /// Closes the connection, and keeps the place.
    pub(crate) fn close(&mut self) {
        self.item = None;
    }

    pub(super) fn is_alive(&mut self) -> bool {
        self.item.as_deref_mut().is_some_and(T::is_alive)
    }

    /// Gives the connection back, to who waits longest or to the idle ones.
    pub(crate) fn put_back(self) {
        let pool = self.pool.clone();
        let mut lease = self;
        loop {
            let mut state = pool.lock();
            let Some(waiting) = state.pop_waiting() else {
                lease.rest_in(&pool, state);
                return;
            };
            drop(state);
            match waiting.send(lease) {
                Ok(()) => return,
                // It left in this very moment.
                Err(returned) => lease = returned,
            }
        }
    }

    /// Lays the connection down, unless there are enough.
    fn rest_in(mut self, pool: &Arc<Pool<T>>, mut state: MutexGuard<'_, State<T>>) {
        if state.idle.len() >= pool.bounds.idle {
            drop(state);
            return;
        }
        let Some(item) = self.item.take() else {
            drop(state);
            return;
        };
        self.is_over = true;
        let since = Instant::now();
        state.idle.push_back(Idle { item, since });
        let must_sweep = !mem::replace(&mut state.is_swept, true);
        drop(state);
        if must_sweep {
            pool.start_sweeping();
        }
    }
}

impl<T: Pooled> State<T> {
    fn pop_waiting(&mut self) -> Option<oneshot::Sender<Lease<T>>> {
        while let Some(waiting) = self.waiting.pop_front() {
            if !waiting.is_closed() {
                return Some(waiting);
            }
        }
        None
    }
}

impl<T: Pooled> Drop for Lease<T> {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        // The connection first, so that there are never more than may be.
        self.item = None;
        self.is_over = true;
        loop {
            let mut state = self.pool.lock();
            let Some(waiting) = state.pop_waiting() else {
                state.open -= 1;
                return;
            };
            drop(state);
            match waiting.send(Self::new(self.pool.clone(), None)) {
                Ok(()) => return,
                // The place is given back once, and that is here.
                Err(mut returned) => returned.is_over = true,
            }
        }
    }
}

impl<T: Pooled> fmt::Debug for Lease<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease")
            .field("is_empty", &self.item.is_none())
            .finish_non_exhaustive()
    }
}
