use crate::{
    BoxError, Phase, ResponseBody, ResponseFuture, cause::Cause, guard, layer::Config,
    ready::Readiness, request::RequestInfo, scope::RequestScope,
};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};
use tower_service::Service;

/// Answers the panics and errors of the service inside, and has none itself.
///
/// Made by [`ErrorLayer`](crate::ErrorLayer), which has the settings. See the
/// [crate docs](crate).
#[derive(Debug)]
pub struct ErrorService<S> {
    inner: S,
    config: Arc<Config>,
    readiness: Readiness,
}

/// A clone makes its own experience with readiness.
impl<S: Clone> Clone for ErrorService<S> {
    fn clone(&self) -> Self {
        Self::new(self.inner.clone(), Arc::clone(&self.config))
    }
}

impl<S> ErrorService<S> {
    pub(crate) fn new(inner: S, config: Arc<Config>) -> Self {
        Self {
            inner,
            config,
            readiness: Readiness::Usable,
        }
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

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for ErrorService<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    S::Error: Into<BoxError>,
    ResBody: Body<Data = Bytes>,
    ResBody::Error: Into<BoxError>,
{
    type Response = Response<ResponseBody<ResBody>>;
    type Error = Infallible;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        if let Readiness::Failed(_) = self.readiness {
            return Poll::Ready(Ok(()));
        }
        let inner = &mut self.inner;
        // The error is made into a box behind the guard, for that is the app's code.
        let polled = guard::catch_unless(!self.config.enabled, || {
            inner.poll_ready(cx).map_err(Into::into)
        });
        let cause = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(Ok(()))) => return Poll::Ready(Ok(())),
            Ok(Poll::Ready(Err(error))) => Cause::Error(error),
            Err(panic) => Cause::Panic(panic),
        };
        self.readiness.fail(cause, self.config.active_reporter());
        Poll::Ready(Ok(()))
    }

    // Called, it is handed the request and the place of the future; inlined, it
    // copies both, which are hundreds of bytes.
    #[inline(never)]
    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let scope = if self.config.enabled {
            RequestScope::new(RequestInfo::capture(&mut request, Arc::clone(&self.config)))
        } else {
            RequestScope::off()
        };
        if let Some(cause) = self.readiness.take_failure() {
            return ResponseFuture::failed(Phase::Ready, cause, scope);
        }
        let inner = &mut self.inner;
        ResponseFuture::of(|| inner.call(request), scope)
    }
}
