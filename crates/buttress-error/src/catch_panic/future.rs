use super::CatchPanicBody;
use crate::{
    Phase, Report,
    cause::Cause,
    guarded_future::{Finish, GuardedFuture},
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
        Self {
            inner: GuardedFuture::of(call, scope),
        }
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
        self.project().inner.poll_with::<Answers>(cx)
    }
}

enum Answers {}

impl<B, E> Finish<Result<Response<B>, E>, PanicScope> for Answers {
    type Output = Result<Response<CatchPanicBody<B>>, E>;

    #[inline]
    fn output(output: Result<Response<B>, E>, scope: &PanicScope) -> Self::Output {
        output.map(|response| response.map(|body| CatchPanicBody::open(body, scope.clone())))
    }

    fn failure(phase: Phase, cause: Cause, scope: &PanicScope) -> Self::Output {
        Ok(answer(phase, &cause, scope.clone()))
    }
}

#[cold]
fn answer<B>(phase: Phase, cause: &Cause, scope: PanicScope) -> Response<CatchPanicBody<B>> {
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    if let Some(config) = &scope.config {
        config
            .reporter
            .send(Report::new(phase, cause, None).answered(status));
    }
    let body = CatchPanicBody::complete(Bytes::from_static(BODY), scope);
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
