//! Whether `CompressionLayer` does its work.

use crate::app;
use buttress_testing::{
    decode::decode,
    h1, h2,
    wire::{Head, Received},
};
use std::net::SocketAddr;

const CODINGS: [&str; 4] = ["gzip", "deflate", "br", "zstd"];

/// Asks for `path`, which is the page, in every coding over HTTP/1 and HTTP/2.
///
/// # Panics
///
/// If a response is not encoded as asked for.
pub async fn works(addr: SocketAddr, path: &str) {
    works_over_h1(addr, path).await;
    works_over_h2(addr, path).await;
}

/// As [`works`], over HTTP/1 alone.
///
/// # Panics
///
/// If a response is not encoded as asked for.
pub async fn works_over_h1(addr: SocketAddr, path: &str) {
    let mut client = h1::Connection::open(addr).await;
    for coding in CODINGS {
        let head = client.get(path, &[("accept-encoding", coding)]).await;
        let body = client.body().await;
        check(coding, &head, &body);
    }
}

/// As [`works`], over HTTP/2 alone.
///
/// # Panics
///
/// If a response is not encoded as asked for.
pub async fn works_over_h2(addr: SocketAddr, path: &str) {
    let mut client = h2::Connection::open(addr).await;
    for coding in CODINGS {
        let mut exchange = client.get(path, &[("accept-encoding", coding)]).await;
        let body = exchange.body().await;
        check(coding, &exchange.head, &body);
    }
}

/// Asks for `path`, which is the page, and finds no trace of the layer.
///
/// # Panics
///
/// If there is one.
pub async fn is_off(addr: SocketAddr, path: &str) {
    let mut client = h1::Connection::open(addr).await;
    let head = client.get(path, &[("accept-encoding", "gzip")]).await;
    assert_eq!(head.header("content-encoding"), None, "{head:?}");
    assert_eq!(head.header("vary"), None, "{head:?}");
    assert_eq!(client.body().await.complete(), app::html());
}

fn check(coding: &str, head: &Head, body: &Received) {
    assert_eq!(head.status, 200);
    assert_eq!(head.header("content-encoding"), Some(coding), "{head:?}");
    let vary = head.header("vary").map(str::to_ascii_lowercase);
    assert_eq!(vary.as_deref(), Some("accept-encoding"), "{head:?}");
    let encoded = body.complete();
    assert!(encoded.len() < app::html().len() / 2);
    let len = encoded.len().to_string();
    assert_eq!(head.header("content-length"), Some(&*len), "{head:?}");
    assert_eq!(decode(coding, &encoded).unwrap(), app::html());
}
