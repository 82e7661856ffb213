//! The least that a layer can do: `catch_unwind` around call, future and body.
//!
//! It guards no drop, has no state, and reports nothing; only its futures and
//! bodies that are `Unpin` work. It is here to tell what of a layer's price is
//! the guards' and what its own.

use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tower_service::Service;

pub(crate) struct Floor<S> {
    inner: S,
    shared: Arc<()>,
}

impl<S> Floor<S> {
    pub(crate) fn new(inner: S) -> Self {
        let shared = Arc::new(());
        Self { inner, shared }
    }
}

impl<S, ReqBody, B> Service<Request<ReqBody>> for Floor<S>
where
    S: Service<Request<ReqBody>, Response = Response<B>>,
    S::Future: Unpin,
{
    type Response = Response<Guarded<B>>;
    type Error = S::Error;
    type Future = Guarded<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        let inner = &mut self.inner;
        catch_unwind(AssertUnwindSafe(|| inner.poll_ready(cx))).unwrap_or(Poll::Pending)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let inner = &mut self.inner;
        match catch_unwind(AssertUnwindSafe(|| inner.call(request))) {
            Ok(inner) => Guarded {
                inner: Some(inner),
                shared: Arc::clone(&self.shared),
            },
            Err(_) => Guarded {
                inner: None,
                shared: Arc::clone(&self.shared),
            },
        }
    }
}

pub(crate) struct Guarded<T> {
    /// Absent after a panic.
    inner: Option<T>,
    shared: Arc<()>,
}

impl<F, B, E> Future for Guarded<F>
where
    F: Future<Output = Result<Response<B>, E>> + Unpin,
{
    type Output = Result<Response<Guarded<B>>, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let Some(inner) = &mut this.inner else {
            return Poll::Pending;
        };
        match catch_unwind(AssertUnwindSafe(|| Pin::new(inner).poll(cx))) {
            Ok(Poll::Ready(Ok(response))) => Poll::Ready(Ok(response.map(|body| Guarded {
                inner: Some(body),
                shared: Arc::clone(&this.shared),
            }))),
            Ok(Poll::Ready(Err(error))) => Poll::Ready(Err(error)),
            Ok(Poll::Pending) | Err(_) => Poll::Pending,
        }
    }
}

impl<B: Body + Unpin> Body for Guarded<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = &mut *self;
        let Some(inner) = &mut this.inner else {
            return Poll::Ready(None);
        };
        match catch_unwind(AssertUnwindSafe(|| Pin::new(inner).poll_frame(cx))) {
            Ok(polled) => polled,
            Err(_) => {
                this.inner = None;
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner
            .as_ref()
            .map_or_else(SizeHint::default, Body::size_hint)
    }
}
