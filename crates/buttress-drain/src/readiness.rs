use crate::{Drain, Phase};
use bytes::Bytes;
use http::{
    HeaderValue, Request, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use http_body_util::Full;
use std::{
    convert::Infallible,
    fmt,
    future::{Ready, ready},
    sync::Arc,
    task::{Context, Poll},
};
use tower_service::Service;

/// Tells load balancers whether to send requests here: 200, or 503 once the
/// drain was triggered or while a [check](Self::check) fails.
///
/// Made by [`Drain::readiness`]; for a route such as `/readyz`.
#[derive(Clone)]
pub struct Readiness {
    drain: Drain,
    check: Option<Arc<dyn Fn() -> bool + Send + Sync>>,
}

/// Tells a supervisor that the process answers: always 200.
///
/// Made by [`Drain::liveness`]; for a route such as `/healthz`. While draining
/// the process is alive, and must not be killed for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Liveness {
    _private: (),
}

impl Readiness {
    pub(crate) fn new(drain: Drain) -> Self {
        Self { drain, check: None }
    }

    /// Asks `is_ready` as well: whether a pool has connections, say. It is
    /// called for each request and must not wait.
    #[must_use]
    pub fn check(mut self, is_ready: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.check = Some(Arc::new(is_ready));
        self
    }

    fn status(&self) -> (StatusCode, &'static str) {
        if self.drain.phase() != Phase::Serving {
            return (StatusCode::SERVICE_UNAVAILABLE, "draining\n");
        }
        match &self.check {
            Some(check) if !check() => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n"),
            _ => (StatusCode::OK, "ready\n"),
        }
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readiness")
            .field("drain", &self.drain)
            .finish_non_exhaustive()
    }
}

impl<B> Service<Request<B>> for Readiness {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        let (status, text) = self.status();
        ready(Ok(plain(status, text)))
    }
}

impl<B> Service<Request<B>> for Liveness {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        ready(Ok(plain(StatusCode::OK, "alive\n")))
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
