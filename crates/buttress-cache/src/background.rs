use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Waker},
    time::Duration,
};
use tokio::runtime::Handle;

/// What goes on after a request was answered: refreshes, and the part of a purge
/// that needs IO.
#[derive(Debug)]
pub(crate) struct Background {
    running: Arc<AtomicUsize>,
    most: usize,
}

/// A place in the set, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    running: Arc<AtomicUsize>,
    runtime: Handle,
}

impl Background {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            running: Arc::default(),
            most,
        }
    }

    /// A place, unless all are taken.
    pub(crate) fn place(&self, runtime: Handle) -> Option<Place> {
        let running = self.running.fetch_add(1, Ordering::Relaxed);
        let place = Place {
            running: self.running.clone(),
            runtime,
        };
        (running < self.most).then_some(place)
    }
}

impl Place {
    /// Runs `work`, for at most `limit`.
    pub(crate) fn run(self, limit: Duration, work: impl Future<Output = ()> + Send + 'static) {
        let runtime = self.runtime.clone();
        runtime.spawn(async move {
            let _place = self;
            // Beyond the limit it is dropped, as if its client had left.
            let _ = tokio::time::timeout(limit, work).await;
        });
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.running.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Does at once what can be done at once; the rest in the runtime, if there is
/// one.
pub(crate) fn finish<T: Send + 'static>(mut work: Pin<Box<dyn Future<Output = T> + Send>>) {
    let mut cx = Context::from_waker(Waker::noop());
    if work.as_mut().poll(&mut cx).is_pending() {
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(work);
        }
    }
}
