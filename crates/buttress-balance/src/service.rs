use crate::{Balancer, Classify, Key, RequestBody, ResponseBody, drive::drive};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tower_service::Service;

impl<K, S, C, B, R> Service<Request<B>> for Balancer<K, S, C>
where
    K: Key,
    S: Service<Request<RequestBody<B>>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    C: Classify<S::Error>,
    B: Body<Data = Bytes> + Send + 'static,
    R: Body + Send + 'static,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<R, S::Error>;

    /// Always ready: a request that finds no endpoint is refused.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ResponseFuture(Box::pin(drive(Arc::clone(&self.state), request)))
    }
}

type Answered<R, E> = Result<Response<ResponseBody<R>>, E>;

/// The future of a [`Balancer`]. Dropped, it ends the request with its endpoint.
#[must_use = "futures do nothing unless they are polled"]
pub struct ResponseFuture<R, E>(Pin<Box<dyn Future<Output = Answered<R, E>> + Send>>);

impl<R, E> Future for ResponseFuture<R, E> {
    type Output = Answered<R, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl<R, E> fmt::Debug for ResponseFuture<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
