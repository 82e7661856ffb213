//! The connections to one upstream: those in use are counted, those that are not
//! wait here, and the one that was used last is used first.

mod lease;
mod sweep;
#[cfg(test)]
mod tests;

pub(crate) use lease::Lease;

use crate::error::{Error, Kind};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::oneshot,
    time::{Instant, timeout},
};

/// What a pool keeps.
pub(crate) trait Pooled: Send + 'static {
    /// Whether it can be used now; asked before each use, and while it is idle.
    fn is_alive(&mut self) -> bool;
}

/// The bounds of a pool.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Connections, those in use included.
    pub(crate) open: usize,
    /// Connections that are not in use.
    pub(crate) idle: usize,
    /// How long one may be idle.
    pub(crate) idle_timeout: Duration,
    /// Requests that wait for a connection.
    pub(crate) waiting: usize,
    /// How long one may wait.
    pub(crate) wait: Duration,
}

#[derive(Debug)]
pub(crate) struct Pool<T: Pooled> {
    bounds: Bounds,
    state: Mutex<State<T>>,
}

/// Invariant: `open` counts the leases and the idle ones.
#[derive(Debug)]
struct State<T: Pooled> {
    /// Used last is last.
    idle: VecDeque<Idle<T>>,
    open: usize,
    waiting: VecDeque<oneshot::Sender<Lease<T>>>,
    is_swept: bool,
}

#[derive(Debug)]
struct Idle<T> {
    item: Box<T>,
    since: Instant,
}

impl<T: Pooled> Pool<T> {
    pub(crate) fn new(bounds: Bounds) -> Arc<Self> {
        Arc::new(Self {
            bounds,
            state: Mutex::new(State {
                idle: VecDeque::new(),
                open: 0,
                waiting: VecDeque::new(),
                is_swept: false,
            }),
        })
    }

    /// An idle connection, or leave to open one; waits for either if it must.
    pub(crate) async fn lease(self: &Arc<Self>) -> Result<Lease<T>, Error> {
        while let Some(mut lease) = self.take_idle() {
            // Not under the lock: it may read from the socket.
            if lease.is_alive() {
                return Ok(lease);
            }
        }
        self.wait().await
    }

    async fn wait(self: &Arc<Self>) -> Result<Lease<T>, Error> {
        let began = Instant::now();
        loop {
            let Some(turn) = self.queue()? else {
                return Ok(Lease::new(self.clone(), None));
            };
            let left = self.bounds.wait.saturating_sub(began.elapsed());
            match timeout(left, turn).await {
                Ok(Ok(mut lease)) => {
                    if lease.is_empty() || lease.is_alive() {
                        return Ok(lease);
                    }
                    // It closed on its way here.
                    lease.close();
                    return Ok(lease);
                }
                Ok(Err(_)) => {}
                Err(_) => return Err(Error::new(Kind::Busy)),
            }
        }
    }

    /// Takes a place in the queue, or `None` if there is room for a connection.
    fn queue(&self) -> Result<Option<oneshot::Receiver<Lease<T>>>, Error> {
        let mut state = self.lock();
        if state.open < self.bounds.open {
            state.open += 1;
            return Ok(None);
        }
        // Those who left take no place.
        state.waiting.retain(|waiting| !waiting.is_closed());
        if state.waiting.len() >= self.bounds.waiting {
            return Err(Error::new(Kind::Busy));
        }
        let (sender, turn) = oneshot::channel();
        state.waiting.push_back(sender);
        Ok(Some(turn))
    }

    fn take_idle(self: &Arc<Self>) -> Option<Lease<T>> {
        let idle = self.lock().idle.pop_back()?;
        Some(Lease::new(self.clone(), Some(idle.item)))
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nothing under the lock panics half way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
