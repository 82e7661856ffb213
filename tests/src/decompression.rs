//! Whether `RequestDecompressionLayer` does its work.

use buttress_testing::{corpus, h1, h2};
use flate2::{Compression, write::GzEncoder};
use http::Method;
use std::{io::Write, net::SocketAddr};

const GZIP: [(&str, &str); 1] = [("content-encoding", "gzip")];

/// Posts an encoded body to `path`, which gives back what the handler saw, over
/// HTTP/1 and HTTP/2; and one in a coding that nobody knows.
///
/// # Panics
///
/// If the handler did not see the body decoded, or saw that of the second.
pub async fn works(addr: SocketAddr, path: &str) {
    works_over_h1(addr, path).await;
    works_over_h2(addr, path).await;
}

/// As [`works`], over HTTP/1 alone.
///
/// # Panics
///
/// If the handler did not see the body decoded, or saw that of the second.
pub async fn works_over_h1(addr: SocketAddr, path: &str) {
    let (plain, encoded) = bodies();
    let mut client = h1::Connection::open(addr).await;
    let head = client.request(Method::POST, path, &GZIP, &encoded).await;
    assert_eq!(head.status, 200);
    assert_eq!(client.body().await.complete(), plain);

    let unknown = [("content-encoding", "rot13")];
    let head = client.request(Method::POST, path, &unknown, b"uryyb").await;
    assert_eq!(head.status, 415);
    assert!(head.header("accept-encoding").is_some(), "{head:?}");
}

/// As [`works`], over HTTP/2 alone.
///
/// # Panics
///
/// If the handler did not see the body decoded.
pub async fn works_over_h2(addr: SocketAddr, path: &str) {
    let (plain, encoded) = bodies();
    let mut client = h2::Connection::open(addr).await;
    let mut exchange = client.post(path, &GZIP, encoded).await;
    assert_eq!(exchange.head.status, 200);
    assert_eq!(exchange.body().await.complete(), plain);
}

/// Posts an encoded body to `path`, and gets back the same bytes.
///
/// # Panics
///
/// If they were decoded.
pub async fn is_off(addr: SocketAddr, path: &str) {
    let (_, encoded) = bodies();
    let mut client = h1::Connection::open(addr).await;
    let head = client.request(Method::POST, path, &GZIP, &encoded).await;
    assert_eq!(head.status, 200);
    assert_eq!(client.body().await.complete(), encoded);
}

fn bodies() -> (Vec<u8>, Vec<u8>) {
    let plain = corpus::json(100);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&plain).unwrap();
    (plain, encoder.finish().unwrap())
}
