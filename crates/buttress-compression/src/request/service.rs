use super::{
    body::RequestBody, config::Config, content_encoding, fault::FaultCell,
    future::RequestDecompressionFuture, head, pipeline::Pipeline, rejection::Rejection,
    response_body::DecompressionResponseBody,
};
use http::{Method, Request, Response};
use std::task::{Context, Poll};
use tower_service::Service;

/// Decompresses request bodies. See [`RequestDecompressionLayer`].
///
/// [`RequestDecompressionLayer`]: super::RequestDecompressionLayer
#[derive(Clone, Copy, Debug)]
pub struct RequestDecompression<S> {
    inner: S,
    config: Config,
}

impl<S> RequestDecompression<S> {
    pub(super) fn new(inner: S, config: Config) -> Self {
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

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for RequestDecompression<S>
where
    S: Service<Request<RequestBody<ReqBody>>, Response = Response<ResBody>>,
{
    type Response = Response<DecompressionResponseBody<ResBody>>;
    type Error = S::Error;
    type Future = RequestDecompressionFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let version = request.version();
        match plan(self.config, &request) {
            Plan::PassThrough => {
                let request = request.map(RequestBody::pass_through);
                RequestDecompressionFuture::pass_through(self.inner.call(request))
            }
            Plan::Decode(pipeline) => {
                let fault = FaultCell::default();
                let mut request =
                    request.map(|body| RequestBody::decoding(body, pipeline, fault.clone()));
                head::strip_head(request.headers_mut());
                let inner = self.inner.call(request);
                RequestDecompressionFuture::decoding(inner, fault, version)
            }
            Plan::Reject(rejection) => RequestDecompressionFuture::rejected(rejection, version),
        }
    }
}

enum Plan {
    PassThrough,
    Decode(Pipeline),
    Reject(Rejection),
}

fn plan<B>(config: Config, request: &Request<B>) -> Plan {
    // What comes after a CONNECT is a tunnel and no content (RFC 9110 §9.3.6).
    if !config.enabled || request.method() == Method::CONNECT {
        return Plan::PassThrough;
    }
    let codings = content_encoding::parse(request.headers(), config.accepted, config.max_codings);
    match codings {
        Ok(codings) if codings.is_empty() => Plan::PassThrough,
        Ok(codings) => match Pipeline::new(&codings, config.limits) {
            Some(pipeline) => Plan::Decode(pipeline),
            None => Plan::Reject(Rejection::Unsupported(config.accepted)),
        },
        Err(content_encoding::Unsupported) => Plan::Reject(Rejection::Unsupported(config.accepted)),
    }
}
