use crate::page::{Count, Row};
use buttress_drain::Drain;
use http::{Request, Response};
use pin_project_lite::pin_project;
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Instant,
};
use tower_service::Service;

/// Counts what a service answers, for `buttress top`; made by
/// [`Worker::serve`](crate::Worker::serve).
#[derive(Clone, Debug)]
pub struct Metered<S> {
    inner: S,
    row: Row,
    drain: Drain,
}

impl<S> Metered<S> {
    pub(super) fn new(inner: S, row: Row, drain: Drain) -> Self {
        Self { inner, row, drain }
    }
}

impl<S, B, ResBody> Service<Request<B>> for Metered<S>
where
    S: Service<Request<B>, Response = Response<ResBody>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = MeteredFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.row.add(Count::Requests);
        // The drain has counted it in, and counts it out with its last byte.
        self.row.set(Count::InFlight, self.drain.in_flight() as u64);
        MeteredFuture {
            inner: self.inner.call(request),
            row: self.row,
            since: Instant::now(),
        }
    }
}

pin_project! {
    /// The future of [`Metered`].
    #[derive(Debug)]
    pub struct MeteredFuture<F> {
        #[pin]
        inner: F,
        row: Row,
        since: Instant,
    }
}

impl<F: Future> Future for MeteredFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let output = ready!(this.inner.poll(cx));
        this.row.took(this.since.elapsed());
        Poll::Ready(output)
    }
}
