//! One request, from the client's connection to the cache and back.

use crate::{fields, interim::Outbox};
use buttress_cache::{Cached, ResponseBody};
use buttress_proxy::{Error, ReverseProxy};
use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Response, StatusCode, Version,
    header::{CONTENT_TYPE, HOST},
    uri::Authority,
};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use std::convert::Infallible;
use tower::ServiceExt;

pub(crate) type Body = Either<ResponseBody<buttress_proxy::ResponseBody>, Full<Bytes>>;

/// Answers a request; what goes wrong becomes a response as well.
pub(crate) async fn handle(
    cached: Cached<ReverseProxy>,
    outbox: Outbox,
    mut request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    if request.method() == Method::CONNECT {
        return Ok(refusal(StatusCode::NOT_IMPLEMENTED, "no tunnels here"));
    }
    if !has_valid_host(&request) || fields::settle(&mut request).is_err() {
        let text = "a request names one host";
        return Ok(refusal(StatusCode::BAD_REQUEST, text));
    }
    // Clients of HTTP/1.0 know no interim responses, and over HTTP/2 hyper has no
    // way to send them.
    let turn = (request.version() == Version::HTTP_11).then(|| outbox.begin());
    if let Some(turn) = &turn {
        let sender = turn.sender();
        hyper::ext::on_informational(&mut request, move |interim| {
            sender.send(interim.status(), interim.headers());
        });
    }
    let answered = cached.oneshot(request).await;
    // From here on the final response is on its way.
    drop(turn);
    let mut response = match answered {
        Ok(response) => response.map(Either::Left),
        Err(error) => return Ok(failure(&error)),
    };
    fields::add_via(response.headers_mut(), Version::HTTP_11);
    Ok(response)
}

/// RFC 9112 §3.2: one valid line, without which only HTTP/1.0 may be. User
/// information belongs neither there nor in the target (RFC 9110 §4.2.4).
fn has_valid_host(request: &Request<Incoming>) -> bool {
    let named = request.uri().authority();
    if named.is_some_and(|authority| authority.as_str().contains('@')) {
        return false;
    }
    let mut lines = request.headers().get_all(HOST).iter();
    match (lines.next(), lines.next()) {
        (Some(host), None) => is_host(host.as_bytes()),
        (None, _) => request.version() != Version::HTTP_11,
        _ => false,
    }
}

/// Empty it may be, where the target has no host.
fn is_host(value: &[u8]) -> bool {
    value.is_empty() || !value.contains(&b'@') && Authority::try_from(value).is_ok()
}

/// 502, or 504 if it took too long (RFC 9110 §15.6), and what else the error says.
fn failure(error: &Error) -> Response<Body> {
    eprintln!("caching-proxy: {}", chain(error));
    refusal(error.status(), &error.to_string())
}

fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

fn refusal(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Either::Right(Full::from(format!("{text}\n"))));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}
