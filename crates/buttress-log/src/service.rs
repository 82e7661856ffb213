use crate::{
    RequestHead, ResponseBody, ResponseFuture, completion::Asked, exchange::Pending, layer::Config,
    request_id, span,
};
use http::{Request, Response};
use http_body::Body;
use std::{
    sync::Arc,
    task::{Context, Poll},
};
use tower_service::Service;

/// Writes one line for each request of the service inside.
///
/// Made by [`AccessLogLayer`](crate::AccessLogLayer). See the [crate docs](crate).
#[derive(Clone, Debug)]
pub struct AccessLog<S> {
    inner: S,
    config: Option<Arc<Config>>,
}

impl<S> AccessLog<S> {
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

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for AccessLog<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Body,
{
    type Response = Response<ResponseBody<ResBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let Some(config) = &self.config else {
            return ResponseFuture::untouched(self.inner.call(request));
        };
        if is_skipped(config, &request) {
            request_id::settle(request.headers_mut(), config.trust_ids);
            config.control.count_left_out();
            return ResponseFuture::untouched(self.inner.call(request));
        }
        let asked = Asked::of(&request);
        // Before the call, which may itself take its time or panic.
        let pending = Pending::begin(config, &mut request);
        let span = span::of(config, &pending);
        let inner = span.in_scope(|| self.inner.call(request));
        ResponseFuture::new(inner, asked, pending, span)
    }
}

fn is_skipped<B>(config: &Config, request: &Request<B>) -> bool {
    let skip = config.skip.as_ref();
    skip.is_some_and(|skip| skip(&RequestHead::of(request)))
}
