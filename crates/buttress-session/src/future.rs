use crate::{
    Error, ResponseBody,
    error::is_passing,
    session::{Closed, Scope, Settled},
    store::{BoxFuture, StoreErrorKind},
    within::Timed,
};
use http::{
    HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_LENGTH, RETRY_AFTER},
};
use pin_project_lite::pin_project;
use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

pin_project! {
    /// The future of [`SessionService`](crate::SessionService).
    ///
    /// Where the session has to be committed, the response waits for that.
    pub struct ResponseFuture<F, B> {
        #[pin]
        inner: F,
        scope: Open,
        committing: Option<Committing<B>>,
    }
}

struct Committing<B> {
    scope: Arc<Scope>,
    response: Response<B>,
    trip: BoxFuture<'static, Timed<Result<Settled, Error>>>,
}

impl<F, B> ResponseFuture<F, B> {
    pub(crate) fn new(inner: F, scope: Option<Arc<Scope>>) -> Self {
        Self {
            inner,
            scope: Open(scope),
            committing: None,
        }
    }
}

impl<F, B, E> Future for ResponseFuture<F, B>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if this.committing.is_none() {
            let response = ready!(this.inner.poll(cx))?;
            let Some(scope) = this.scope.0.take() else {
                return Poll::Ready(Ok(response.map(ResponseBody::inner)));
            };
            match scope.close(response.status()) {
                Closed::Trip(trip) => {
                    *this.committing = Some(Committing {
                        scope,
                        response,
                        trip,
                    });
                }
                closed => return Poll::Ready(Ok(respond(&scope, response, closed))),
            }
        }
        let Some(committing) = this.committing.as_mut() else {
            unreachable!("a trip was begun, and is not over");
        };
        let timed = ready!(committing.trip.as_mut().poll(cx));
        let closed = committing.scope.settled(timed);
        let Some(done) = this.committing.take() else {
            unreachable!("it was there above");
        };
        Poll::Ready(Ok(respond(&done.scope, done.response, closed)))
    }
}

fn respond<B>(
    scope: &Scope,
    mut response: Response<B>,
    closed: Closed,
) -> Response<ResponseBody<B>> {
    match closed {
        Closed::Untouched | Closed::Trip(_) => {}
        Closed::Edited(edits) => edits.apply(response.headers_mut(), &scope.config.targeted),
        Closed::Failed(kind, error) => return failed(scope, kind, error, &response),
    }
    response.map(ResponseBody::inner)
}

/// What is sent in place of a response whose session was not read or committed.
#[cold]
fn failed<B, C>(
    scope: &Scope,
    kind: StoreErrorKind,
    error: Error,
    instead: &Response<B>,
) -> Response<ResponseBody<C>> {
    let mut response = Response::new(ResponseBody::empty());
    *response.version_mut() = instead.version();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    if is_passing(kind) {
        let seconds = scope.config.retry_after.as_secs();
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    } else {
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    }
    // Where a layer that reports errors finds it.
    let error: Arc<dyn std::error::Error + Send + Sync> = Arc::new(error);
    response.extensions_mut().insert(error);
    response
}

/// A scope whose response is still to come. If it never does, nothing that handles
/// record is ever committed, and they have to know.
struct Open(Option<Arc<Scope>>);

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(scope) = &self.0 {
            scope.give_up();
        }
    }
}

impl<F: fmt::Debug, B> fmt::Debug for ResponseFuture<F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture")
            .field("inner", &self.inner)
            .field("is_committing", &self.committing.is_some())
            .finish_non_exhaustive()
    }
}
