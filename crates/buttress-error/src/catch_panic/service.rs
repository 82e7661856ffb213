use super::{CatchPanicBody, CatchPanicFuture, Config};
use crate::{
    BoxError, Phase, cause::Cause, guard, ready::Readiness, request::is_multiplexed,
    scope::PanicScope,
};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use std::{
    sync::Arc,
    task::{Context, Poll},
};
use tower_service::Service;

/// Answers the panics of the service inside.
///
/// Made by [`CatchPanicLayer`](crate::CatchPanicLayer), which has the settings.
#[derive(Debug)]
pub struct CatchPanic<S> {
    inner: S,
    /// Absent where the layer is switched off.
    config: Option<Arc<Config>>,
    readiness: Readiness,
}

/// A clone makes its own experience with readiness.
impl<S: Clone> Clone for CatchPanic<S> {
    fn clone(&self) -> Self {
        Self::new(self.inner.clone(), self.config.clone())
    }
}

impl<S> CatchPanic<S> {
    pub(super) fn new(inner: S, config: Option<Arc<Config>>) -> Self {
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

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for CatchPanic<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Body<Data = Bytes>,
    ResBody::Error: Into<BoxError>,
{
    type Response = Response<CatchPanicBody<ResBody>>;
    type Error = S::Error;
    type Future = CatchPanicFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        if let Readiness::Failed(_) = self.readiness {
            return Poll::Ready(Ok(()));
        }
        let Some(config) = &self.config else {
            return self.inner.poll_ready(cx);
        };
        let inner = &mut self.inner;
        match guard::catch(|| inner.poll_ready(cx)) {
            Ok(polled) => polled,
            Err(panic) => {
                self.readiness
                    .fail(Cause::Panic(panic), Some(&config.reporter));
                Poll::Ready(Ok(()))
            }
        }
    }

    // Called, it is handed the request and the place of the future; inlined, it
    // copies both, which are hundreds of bytes.
    #[inline(never)]
    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let scope = PanicScope {
            config: self.config.clone(),
            is_multiplexed: is_multiplexed(request.version()),
        };
        if let Some(cause) = self.readiness.take_failure() {
            return CatchPanicFuture::failed(Phase::Ready, cause, scope);
        }
        let inner = &mut self.inner;
        CatchPanicFuture::of(|| inner.call(request), scope)
    }
}
