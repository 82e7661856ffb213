use crate::{layer::Config, problem::Format, request_id, route::Route};
use http::{
    HeaderMap, HeaderValue, Method, Request, Version,
    header::{ACCEPT, CONTENT_TYPE},
};
use std::sync::Arc;

/// What an answer and a report need of a request, kept until its response has
/// ended: one allocation, which tasks can share.
#[derive(Debug)]
pub(crate) struct RequestInfo {
    config: Arc<Config>,
    method: Method,
    route: Route,
    accept: Option<HeaderValue>,
    id: HeaderValue,
    is_grpc: bool,
    is_multiplexed: bool,
}

/// Whether a version puts several streams on one connection.
pub(crate) fn is_multiplexed(version: Version) -> bool {
    matches!(version, Version::HTTP_2 | Version::HTTP_3)
}

impl RequestInfo {
    pub(crate) fn capture<B>(request: &mut Request<B>, config: Arc<Config>) -> Arc<Self> {
        let id = request_id::settle(request.headers_mut(), config.trust_request_id);
        let headers = request.headers();
        Arc::new(Self {
            method: request.method().clone(),
            route: Route::of(request.extensions(), config.route.as_deref()),
            accept: accept(headers),
            id,
            is_grpc: request.method() == Method::POST && is_grpc(headers),
            is_multiplexed: is_multiplexed(request.version()),
            config,
        })
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn method(&self) -> &Method {
        &self.method
    }

    /// The route it matched.
    pub(crate) fn route(&self) -> Option<&str> {
        self.route.as_str()
    }

    pub(crate) fn id(&self) -> Option<&str> {
        self.id.to_str().ok()
    }

    pub(crate) fn is_multiplexed(&self) -> bool {
        self.is_multiplexed
    }

    pub(crate) fn is_grpc(&self) -> bool {
        self.is_grpc
    }

    pub(crate) fn format(&self) -> Format {
        Format::negotiate(self.accept.iter().map(HeaderValue::as_bytes))
    }
}

/// All lines as one, as RFC 9110 §5.3 allows. Almost always there is one.
fn accept(headers: &HeaderMap) -> Option<HeaderValue> {
    let first = headers.get(ACCEPT)?;
    // Without any field that stands twice there is no need to ask for more.
    if headers.len() == headers.keys_len() {
        return Some(first.clone());
    }
    let lines = headers.get_all(ACCEPT).iter().map(HeaderValue::as_bytes);
    HeaderValue::from_bytes(&lines.collect::<Vec<_>>().join(&b","[..])).ok()
}

/// Of a POST, which every call of gRPC is.
fn is_grpc(headers: &HeaderMap) -> bool {
    const GRPC: &[u8] = b"application/grpc";
    headers.get(CONTENT_TYPE).is_some_and(|value| {
        let value = value.as_bytes();
        let is_family = value.len() >= GRPC.len() && value[..GRPC.len()].eq_ignore_ascii_case(GRPC);
        // grpc-web has its own way to tell a status, inside of the body.
        is_family && matches!(value.get(GRPC.len()), None | Some(b'+' | b';' | b' '))
    })
}
