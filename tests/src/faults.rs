//! Faults that handlers and bodies have when a request asks for one, and what
//! comes of them.

use axum::body::Body;
use buttress_testing::{
    ScriptedBody, Server, h1, h2,
    wire::{Head, Piece},
};
use bytes::Bytes;
use http::{Request, Response};
use std::net::SocketAddr;

/// What every panic says, and no client may read.
pub const SECRET: &str = "secret detail";

/// Panics, or answers with a body that does so after its first chunk.
///
/// # Panics
///
/// If the query of the request is `panic`.
pub fn panicking<B>(request: &Request<B>) -> Response<Body> {
    match request.uri().query() {
        Some("panic") => panic!("{SECRET}"),
        Some("body") => {
            let body = ScriptedBody::new().data("first").panic(SECRET);
            Response::new(Body::new(body))
        }
        _ => Response::new("fine".into()),
    }
}

/// Asks for faults over HTTP/1, one after another on one connection.
///
/// # Panics
///
/// If nothing comes.
pub async fn over_h1(addr: SocketAddr, path: &str, queries: &[&str]) -> Vec<(Head, Bytes)> {
    let mut client = h1::Connection::open(addr).await;
    let mut answers = Vec::new();
    for query in queries {
        let id = [("x-request-id", "42")];
        let head = client.get(&format!("{path}?{query}"), &id).await;
        answers.push((head, client.body().await.complete()));
    }
    answers
}

/// As [`over_h1`], over HTTP/2.
///
/// # Panics
///
/// If nothing comes.
pub async fn over_h2(addr: SocketAddr, path: &str, queries: &[&str]) -> Vec<(Head, Bytes)> {
    let mut client = h2::Connection::open(addr).await;
    let mut answers = Vec::new();
    for query in queries {
        let id = [("x-request-id", "42")];
        let mut exchange = client.get(&format!("{path}?{query}"), &id).await;
        let body = exchange.body().await.complete();
        answers.push((exchange.head, body));
    }
    answers
}

/// A body that panics is cut behind what came before it, over HTTP/1.
///
/// # Panics
///
/// If it is not.
pub async fn body_is_cut_over_h1(addr: SocketAddr, path: &str) {
    let mut client = h1::Connection::open(addr).await;
    let head = client.get(&format!("{path}?body"), &[]).await;
    assert_eq!(head.status, 200);
    assert_eq!(client.piece().await, Piece::Data("first".into()));
    let end = client.piece().await;
    assert!(matches!(end, Piece::Cut(_)), "{end:?}");
}

/// As [`body_is_cut_over_h1`], over HTTP/2, where the connection lives on.
///
/// # Panics
///
/// If the body is not cut, or more than it.
pub async fn body_is_cut_over_h2(addr: SocketAddr, path: &str) {
    let mut client = h2::Connection::open(addr).await;
    let mut exchange = client.get(&format!("{path}?body"), &[]).await;
    assert_eq!(exchange.head.status, 200);
    assert_eq!(exchange.piece().await, Piece::Data("first".into()));
    let end = exchange.piece().await;
    assert!(matches!(end, Piece::Cut(_)), "{end:?}");
    let mut exchange = client.get(path, &[]).await;
    assert_eq!(exchange.body().await.complete(), "fine");
}

/// A panic takes the connection along, as without a layer.
///
/// # Panics
///
/// If it is answered.
pub async fn nobody_catches(server: Server, path: &str) {
    let mut client = h1::Connection::open(server.addr()).await;
    let request = format!("GET {path}?panic HTTP/1.1\r\nHost: localhost\r\n\r\n");
    client.send(request).await;
    assert_eq!(client.rest().await, "");
    assert_eq!(server.stop_after_panics().await, [SECRET]);
}
