use super::CatchPanicBody;
use crate::{
    Phase, Report,
    cause::Cause,
    guarded_future::GuardedFuture,
    problem::{Cookies, strip_for_server_error},
    scope::PanicScope,
};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use pin_project_lite::pin_project;
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

/// What anybody may know of a panic.
const BODY: &[u8] = br#"{"type":"about:blank","title":"Internal Server Error","status":500}"#;

pin_project! {
    /// The future of [`CatchPanic`](crate::CatchPanic).
    pub struct CatchPanicFuture<F> {
        #[pin]
        inner: GuardedFuture<F, PanicScope>,
    }
}

impl<F> CatchPanicFuture<F> {
    #[inline]
    pub(super) fn of(call: impl FnOnce() -> F, scope: PanicScope) -> Self {
        let mut this = Self {
            inner: GuardedFuture::new(scope),
        };
        this.inner.start(call);
        this
    }

    pub(super) fn failed(phase: Phase, cause: Cause, scope: PanicScope) -> Self {
        Self {
            inner: GuardedFuture::failed(phase, cause, scope),
        }
    }
}

impl<F, B, E> Future for CatchPanicFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<CatchPanicBody<B>>, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut inner = self.project().inner;
        match inner.as_mut().poll(cx) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(Ok(response))) => {
                let scope = inner.scope().clone();
                Poll::Ready(Ok(response.map(|body| CatchPanicBody::open(body, scope))))
            }
            Ok(Poll::Ready(Err(error))) => Poll::Ready(Err(error)),
            Err(failure) => Poll::Ready(Ok(answer(*failure, inner.scope()))),
        }
    }
}

#[cold]
#[inline(never)]
fn answer<B>((phase, cause): (Phase, Cause), scope: &PanicScope) -> Response<CatchPanicBody<B>> {
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    if let Some(config) = &scope.config {
        config
            .reporter
            .send(Report::new(phase, &cause, None).answered(status));
    }
    let body = CatchPanicBody::complete(Bytes::from_static(BODY), scope.clone());
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    strip_for_server_error(headers, Cookies::Drop);
    response
}
