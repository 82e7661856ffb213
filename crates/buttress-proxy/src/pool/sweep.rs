//! Idle connections that were closed, or that nobody wants, are let go.

use super::{Idle, Lease, Pool, Pooled};
use std::{
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::{
    runtime::Handle,
    time::{Instant, sleep},
};

/// How often idle connections are looked at: one that the upstream closed keeps
/// its descriptor no longer.
const INTERVAL: Duration = Duration::from_secs(1);

impl<T: Pooled> Pool<T> {
    /// Sweeps as long as there are idle connections.
    pub(super) fn start_sweeping(self: &Arc<Self>) {
        let Ok(runtime) = Handle::try_current() else {
            self.lock().is_swept = false;
            return;
        };
        runtime.spawn(sweep(Arc::downgrade(self)));
    }

    /// `false` once there is nothing left to sweep.
    fn sweep(self: &Arc<Self>) -> bool {
        let now = Instant::now();
        let resting = {
            let mut state = self.lock();
            if state.idle.is_empty() {
                state.is_swept = false;
                return false;
            }
            // Used within the interval, they are known to be alive.
            let old = state.idle.partition_point(|idle| idle.age(now) >= INTERVAL);
            state.idle.drain(..old).collect::<Vec<_>>()
        };
        let mut kept = Vec::with_capacity(resting.len());
        for mut idle in resting {
            let is_kept = idle.age(now) < self.bounds.idle_timeout && idle.item.is_alive();
            if is_kept {
                kept.push(idle);
            } else {
                drop(Lease::new(self.clone(), Some(idle.item)));
            }
        }
        self.lay_back(kept);
        true
    }

    /// Puts what was looked at below what came since; who began to wait in the
    /// meantime gets it.
    fn lay_back(self: &Arc<Self>, mut kept: Vec<Idle<T>>) {
        while let Some(idle) = kept.pop() {
            let mut state = self.lock();
            let has_room = state.idle.len() < self.bounds.idle;
            if state.waiting.is_empty() && has_room {
                state.idle.push_front(idle);
                continue;
            }
            drop(state);
            Lease::new(self.clone(), Some(idle.item)).put_back();
        }
    }
}

impl<T> Idle<T> {
    fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.since)
    }
}

async fn sweep<T: Pooled>(pool: Weak<Pool<T>>) {
    loop {
        sleep(INTERVAL).await;
        // With the last proxy, its pool is gone.
        let Some(pool) = pool.upgrade() else { return };
        if !pool.sweep() {
            return;
        }
    }
}
