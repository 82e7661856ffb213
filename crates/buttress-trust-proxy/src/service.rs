use crate::{ClientInfo, layer::Config, settle::settle};
use http::Request;
use std::{
    sync::Arc,
    task::{Context, Poll},
};
use tower_service::Service;

/// Tells the service inside who the client is.
///
/// Made by [`TrustProxyLayer`](crate::TrustProxyLayer). See the [crate docs](crate).
#[derive(Clone, Debug)]
pub struct TrustProxy<S> {
    inner: S,
    config: Option<Arc<Config>>,
}

impl<S> TrustProxy<S> {
    pub(crate) fn new(inner: S, config: Option<Arc<Config>>) -> Self {
        Self { inner, config }
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

impl<S, ReqBody> Service<Request<ReqBody>> for TrustProxy<S>
where
    S: Service<Request<ReqBody>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> S::Future {
        if let Some(config) = &self.config {
            let info: ClientInfo = settle(config, &mut request);
            request.extensions_mut().insert(info);
        }
        self.inner.call(request)
    }
}
