use crate::{
    BoxError, Phase, ResponseBody,
    cause::Cause,
    guarded_future::GuardedFuture,
    respond::{fail, fail_with, respond},
    scope::RequestScope,
};
use bytes::Bytes;
use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;
use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

pin_project! {
    /// The future of [`ErrorService`](crate::ErrorService).
    pub struct ResponseFuture<F> {
        #[pin]
        inner: GuardedFuture<F, RequestScope>,
    }
}

impl<F> ResponseFuture<F> {
    #[inline]
    pub(crate) fn of(call: impl FnOnce() -> F, scope: RequestScope) -> Self {
        let mut this = Self {
            inner: GuardedFuture::new(scope),
        };
        this.inner.start(call);
        this
    }

    pub(crate) fn failed(phase: Phase, cause: Cause, scope: RequestScope) -> Self {
        Self {
            inner: GuardedFuture::failed(phase, cause, scope),
        }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    E: Into<BoxError>,
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Output = Result<Response<ResponseBody<B>>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut inner = self.project().inner;
        let response = match inner.as_mut().poll(cx) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(Ok(response))) => respond(response, inner.as_mut().scope().clone(), cx),
            Ok(Poll::Ready(Err(error))) => fail_with(error, inner.as_mut().scope().clone()),
            Err(failure) => fail(failure.0, failure.1, inner.as_mut().scope().clone()),
        };
        inner.scope().status = Some(response.status());
        Poll::Ready(Ok(response))
    }
}
