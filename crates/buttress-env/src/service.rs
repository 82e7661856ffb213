use crate::layer::Source;
use http::Request;
use std::{
    fmt,
    task::{Context, Poll},
};
use tower_service::Service;

/// The service that [`EnvLayer`](crate::EnvLayer) makes.
pub struct WithConfig<S, T> {
    inner: S,
    source: Option<Source<T>>,
}

impl<S, T> WithConfig<S, T> {
    pub(crate) const fn new(inner: S, source: Option<Source<T>>) -> Self {
        Self { inner, source }
    }
}

impl<S, T, ReqBody> Service<Request<ReqBody>> for WithConfig<S, T>
where
    S: Service<Request<ReqBody>>,
    T: Send + Sync + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        if let Some(source) = &self.source {
            request.extensions_mut().insert(source.current());
        }
        self.inner.call(request)
    }
}

impl<S: Clone, T> Clone for WithConfig<S, T> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            source: self.source.clone(),
        }
    }
}

impl<S: fmt::Debug, T> fmt::Debug for WithConfig<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithConfig")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
