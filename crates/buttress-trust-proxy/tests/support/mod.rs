//! One request through the layer.

#![allow(dead_code, reason = "each test binary uses some of it")]

use buttress_trust_proxy::{ClientInfo, TrustProxyLayer};
use http::{HeaderMap, Request, Response};
use std::{convert::Infallible, net::SocketAddr};
use tower::{Layer, ServiceExt, service_fn};

/// A request: from whom, and its fields.
pub(crate) fn request(peer: &str, fields: &[(&'static str, &str)]) -> Request<()> {
    let mut request = Request::get("/path?query").body(()).unwrap();
    for (name, value) in fields {
        request.headers_mut().append(*name, value.parse().unwrap());
    }
    let peer: SocketAddr = peer.parse().unwrap();
    request.extensions_mut().insert(peer);
    request
}

/// What the service inside of the layer sees.
pub(crate) fn seen(layer: &TrustProxyLayer, request: Request<()>) -> (ClientInfo, HeaderMap) {
    let service = layer.layer(service_fn(|mut request: Request<()>| async move {
        let info = request.extensions_mut().remove::<ClientInfo>();
        let headers = request.headers().clone();
        Ok::<_, Infallible>(Response::new((info.expect("a ClientInfo"), headers)))
    }));
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let answered = runtime.unwrap().block_on(service.oneshot(request));
    answered.unwrap().into_body()
}

/// The client's address as text; `hidden` if it has none.
pub(crate) fn client(
    layer: &TrustProxyLayer,
    peer: &str,
    fields: &[(&'static str, &str)],
) -> String {
    let (info, _) = seen(layer, request(peer, fields));
    info.address()
        .map_or_else(|| "hidden".to_owned(), |it| it.to_string())
}

/// The lines of a field.
pub(crate) fn lines<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    let lines = headers.get_all(name).iter();
    lines.map(|line| line.to_str().unwrap()).collect()
}
