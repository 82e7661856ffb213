use crate::{
    BoxError, ResponseBody, ResponseFuture,
    future::Asked,
    layer::Config,
    negotiate::{Identity, Negotiation},
};
use bytes::Bytes;
use http::{Method, Request, Response};
use http_body::Body;
use std::{
    sync::Arc,
    task::{Context, Poll},
};
use tower_service::Service;

/// Compresses the responses of the service inside.
///
/// Made by [`CompressionLayer`](crate::CompressionLayer), which has the
/// settings. See the [crate docs](crate).
#[derive(Clone, Debug)]
pub struct Compression<S> {
    inner: S,
    config: Arc<Config>,
}

impl<S> Compression<S> {
    pub(crate) fn new(inner: S, config: Arc<Config>) -> Self {
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

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for Compression<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Body<Data = Bytes>,
    ResBody::Error: Into<BoxError>,
{
    type Response = Response<ResponseBody<ResBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        // What a CONNECT answers is a tunnel, extended CONNECT (RFC 8441)
        // included.
        if !self.config.has_work() || request.method() == Method::CONNECT {
            return ResponseFuture::untouched(self.inner.call(request));
        }
        let negotiation = self.config.negotiator.assess(request.headers());
        if self.config.not_acceptable && negotiation.identity == Identity::EverythingRefused {
            return ResponseFuture::not_acceptable(self.config.clone());
        }
        let asked = self.asked(&mut request, negotiation);
        ResponseFuture::new(self.inner.call(request), asked, self.config.clone())
    }
}

impl<S> Compression<S> {
    fn asked<ReqBody>(&self, request: &mut Request<ReqBody>, negotiation: Negotiation) -> Asked {
        let held = self
            .config
            .etag
            .rewrite_request(request.headers_mut(), negotiation.encoding);
        Asked {
            negotiation,
            head: request.method() == Method::HEAD,
            held,
        }
    }
}
