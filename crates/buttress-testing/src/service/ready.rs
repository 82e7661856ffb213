use super::{FnService, service_fn};
use std::task::{Context, Poll};
use tower_service::Service;

/// Panics if it is called without having been polled ready: the mistake of a
/// layer that calls a clone of the service that it polled.
#[derive(Debug)]
pub struct ReadyChecked<S> {
    inner: S,
    is_ready: bool,
    /// How often each readiness has to be asked for in vain.
    pauses: usize,
    pauses_left: usize,
}

/// A readiness-checking service that calls `f`.
pub fn ready_fn<F>(f: F) -> ReadyChecked<FnService<F>> {
    ReadyChecked::new(service_fn(f))
}

impl<S> ReadyChecked<S> {
    /// Wraps `inner`.
    #[must_use]
    pub fn new(inner: S) -> Self {
        Self {
            inner,
            is_ready: false,
            pauses: 0,
            pauses_left: 0,
        }
    }

    /// Is pending `pauses` times before each call: a layer that takes pending
    /// for ready is found out.
    #[must_use]
    pub fn pauses(mut self, pauses: usize) -> Self {
        self.pauses = pauses;
        self.pauses_left = pauses;
        self
    }
}

/// A clone has to be polled ready itself.
impl<S: Clone> Clone for ReadyChecked<S> {
    fn clone(&self) -> Self {
        Self::new(self.inner.clone()).pauses(self.pauses)
    }
}

impl<S, Request> Service<Request> for ReadyChecked<S>
where
    S: Service<Request>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        if self.pauses_left > 0 {
            self.pauses_left -= 1;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let polled = self.inner.poll_ready(cx);
        self.is_ready = matches!(polled, Poll::Ready(Ok(())));
        polled
    }

    fn call(&mut self, request: Request) -> Self::Future {
        assert!(
            self.is_ready,
            "a service was called that had not been polled ready"
        );
        self.is_ready = false;
        self.pauses_left = self.pauses;
        self.inner.call(request)
    }
}
