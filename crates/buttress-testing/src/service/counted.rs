use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};
use tower_service::Service;

/// How often a [`Counted`] service and its clones were called.
#[derive(Clone, Debug, Default)]
pub struct Calls(Arc<AtomicUsize>);

impl Calls {
    /// The number of calls so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Counts the calls of the service inside.
#[derive(Clone, Debug)]
pub struct Counted<S> {
    inner: S,
    calls: Calls,
}

impl<S> Counted<S> {
    /// Wraps `inner`.
    #[must_use]
    pub fn new(inner: S) -> Self {
        let calls = Calls::default();
        Self { inner, calls }
    }

    /// The count that all clones share.
    #[must_use]
    pub fn calls(&self) -> Calls {
        self.calls.clone()
    }
}

impl<S, Request> Service<Request> for Counted<S>
where
    S: Service<Request>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        self.calls.0.fetch_add(1, Ordering::SeqCst);
        self.inner.call(request)
    }
}
