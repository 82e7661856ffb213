use crate::{
    BoxError, Phase, ResponseBody,
    cause::Cause,
    guarded_future::{Finish, GuardedFuture},
    respond::{fail, respond},
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
    task::{Context, Poll, ready},
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
        Self {
            inner: GuardedFuture::of(call, scope),
        }
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
        let output = ready!(inner.as_mut().poll_with::<Passed>(cx));
        let scope = inner.scope().take();
        Poll::Ready(Ok(match output {
            Ok(Ok(response)) => respond(response, scope, cx),
            Ok(Err(error)) => fail(Phase::Future, &Cause::Error(error.into()), scope),
            Err((phase, cause)) => fail(phase, &cause, scope),
        }))
    }
}

/// The output as it is: to answer takes a look at the body, behind a guard of
/// its own.
enum Passed {}

impl<T> Finish<T, RequestScope> for Passed {
    type Output = Result<T, (Phase, Cause)>;

    #[inline]
    fn output(output: T, _: &RequestScope) -> Self::Output {
        Ok(output)
    }

    fn failure(phase: Phase, cause: Cause, _: &RequestScope) -> Self::Output {
        Err((phase, cause))
    }
}
