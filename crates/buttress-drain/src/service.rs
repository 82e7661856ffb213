use crate::{Drain, InFlight, ResponseBody, ResponseFuture, completion::Asked};
use http::{Request, Response};
use http_body::Body;
use std::task::{Context, Poll};
use tower_service::Service;

/// Counts what is in flight in the service inside, and closes HTTP/1
/// connections once the drain lingers.
///
/// Made by [`DrainLayer`](crate::DrainLayer). See the [crate docs](crate).
#[derive(Clone, Debug)]
pub struct Drained<S> {
    inner: S,
    drain: Option<Drain>,
}

impl<S> Drained<S> {
    pub(crate) fn new(inner: S, drain: Option<Drain>) -> Self {
        Self { inner, drain }
    }

    /// The service inside.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The service inside.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// Takes the layer off again.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for Drained<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Body,
{
    type Response = Response<ResponseBody<ResBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let Some(drain) = &self.drain else {
            return ResponseFuture::untouched(self.inner.call(request));
        };
        let asked = Asked::of(&request);
        // Before the call, which may itself take its time or panic.
        let guard = InFlight::new(drain.clone());
        let inner = self.inner.call(request);
        ResponseFuture::new(inner, asked, drain.clone(), guard)
    }
}
