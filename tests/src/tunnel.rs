//! Connections that stop being HTTP: a service that upgrades them to an echo,
//! and checks that what comes after the head is left alone.

use ::h2::ext::Protocol;
use buttress_testing::{
    ScriptedBody, Server, h1, h2,
    wire::{Head, Piece},
};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;

/// Answers a request to upgrade, and echoes what comes over the connection.
///
/// The response is a bait: its media type is of those that are compressed, and
/// its body, which is empty, does not say so beforehand.
pub fn accept<B>(mut request: Request<B>) -> Response<ScriptedBody> {
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let upgraded = upgrade.await.expect("the server upgrades");
        let (mut from, mut to) = tokio::io::split(TokioIo::new(upgraded));
        // A client that leaves in mid-word has nothing to complain about.
        let _ = tokio::io::copy(&mut from, &mut to).await;
    });
    let response = Response::builder().header("content-type", "text/html");
    let response = if request.method() == Method::CONNECT {
        response.status(StatusCode::OK)
    } else {
        response
            .status(StatusCode::SWITCHING_PROTOCOLS)
            .header("connection", "upgrade")
            .header("upgrade", "echo")
    };
    let body = ScriptedBody::new();
    response.body(body).expect("a valid response")
}

/// All of the following, and then the server's end.
///
/// # Panics
///
/// If one does not work.
pub async fn all_work(server: Server) {
    upgrade_works(server.addr()).await;
    connect_works(server.addr()).await;
    extended_connect_works(server.addr()).await;
    server.stop().await;
}

/// Upgrades with a 101 over HTTP/1, as WebSocket does.
///
/// # Panics
///
/// If the head or the bytes after it were changed.
pub async fn upgrade_works(addr: SocketAddr) {
    let mut client = h1::Connection::open(addr).await;
    let headers = [
        ("connection", "upgrade"),
        ("upgrade", "echo"),
        ("accept-encoding", "gzip"),
    ];
    let head = client.get("/", &headers).await;
    assert_eq!(head.status, StatusCode::SWITCHING_PROTOCOLS);
    assert_eq!(head.header("upgrade"), Some("echo"));
    check_head(&head);
    check_echo(&mut client).await;
}

/// Opens a tunnel with CONNECT over HTTP/1.
///
/// # Panics
///
/// If the head or the bytes after it were changed.
pub async fn connect_works(addr: SocketAddr) {
    let mut client = h1::Connection::open(addr).await;
    client
        .send("CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\nAccept-Encoding: gzip\r\n\r\n")
        .await;
    let head = client.head().await;
    assert_eq!(head.status, StatusCode::OK);
    check_head(&head);
    check_echo(&mut client).await;
}

/// Opens a WebSocket's tunnel over HTTP/2 (RFC 8441).
///
/// # Panics
///
/// If the head or the bytes after it were changed.
pub async fn extended_connect_works(addr: SocketAddr) {
    let mut client = h2::Connection::open(addr).await;
    let mut request = client.head(Method::CONNECT, "/", &[("accept-encoding", "gzip")]);
    let protocol = Protocol::from_static("websocket");
    request.extensions_mut().insert(protocol);
    let mut exchange = client.start(request, false).await;
    assert_eq!(exchange.head.status, StatusCode::OK);
    check_head(&exchange.head);
    for word in ["ping", "pong"] {
        let sent = exchange.upload.send_data(Bytes::from(word), false);
        sent.expect("the tunnel is open");
        assert_eq!(exchange.piece().await, Piece::Data(word.into()));
    }
    exchange
        .upload
        .send_data(Bytes::new(), true)
        .expect("the tunnel is open");
    assert!(exchange.body().await.complete().is_empty());
}

fn check_head(head: &Head) {
    assert_eq!(head.header("content-type"), Some("text/html"));
    for name in [
        "content-encoding",
        "content-length",
        "transfer-encoding",
        "vary",
    ] {
        assert_eq!(head.header(name), None, "{head:?}");
    }
}

async fn check_echo(client: &mut h1::Connection) {
    for word in ["ping", "pong"] {
        client.send(word).await;
        assert_eq!(client.raw().await.as_deref(), Some(word.as_bytes()));
    }
}
