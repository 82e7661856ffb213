//! Servers and clients show what goes over the wire.

use buttress_testing::{
    Gate, ScriptedBody, Server, h1, h2,
    service::{Echo, respond},
    wire::{Cut, Piece},
};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use std::sync::{Arc, Mutex};

/// A service that answers its first request with `body`.
fn once<B>(
    body: B,
) -> impl tower::Service<
    Request<Incoming>,
    Response = Response<B>,
    Error = std::convert::Infallible,
    Future: Send,
> + Clone
+ Send
+ 'static
where
    B: Send + 'static,
{
    let body = Arc::new(Mutex::new(Some(body)));
    respond(move |_: Request<Incoming>| {
        let body = body.lock().unwrap().take();
        Response::new(body.expect("only one request"))
    })
}

#[tokio::test]
async fn h1_shows_chunks_and_trailers() {
    let body = ScriptedBody::new().data("ab").pause().data("c");
    let server = Server::h1(once(body.trailers([("x-sum", "3")]))).await;
    let mut client = h1::Connection::open(server.addr()).await;
    client
        .send("GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n\r\n")
        .await;
    let head = client.head().await;
    assert_eq!(head.status, StatusCode::OK);
    assert_eq!(head.header("transfer-encoding"), Some("chunked"));
    assert!(head.raw.starts_with(b"HTTP/1.1 200 OK\r\n"));
    let body = client.body().await;
    assert_eq!(body.pieces, ["ab", "c"]);
    assert_eq!(body.complete(), "abc");
    // Which needs `Trailer: x-sum` in hyper: see the next test.
    assert!(body.trailers.is_empty());
    drop(client);
    server.stop().await;
}

#[tokio::test]
async fn h1_shows_announced_trailers() {
    let body = Arc::new(Mutex::new(Some(
        ScriptedBody::new().data("ab").trailers([("x-sum", "2")]),
    )));
    let server = Server::h1(respond(move |_: Request<Incoming>| {
        let body = body.lock().unwrap().take().unwrap();
        let response = Response::builder().header("trailer", "x-sum");
        response.body(body).unwrap()
    }))
    .await;
    let mut client = h1::Connection::open(server.addr()).await;
    client.get("/", &[("te", "trailers")]).await;
    let body = client.body().await;
    assert_eq!(body.complete(), "ab");
    assert_eq!(body.trailers["x-sum"], "2");
    server.stop().await;
}

#[tokio::test]
async fn h1_shows_each_chunk_when_it_comes() {
    let gate = Gate::new();
    let body = ScriptedBody::new().data("a").hold(&gate).data("b");
    let server = Server::auto(once(body)).await;
    let mut client = h1::Connection::open(server.addr()).await;
    client.get("/", &[]).await;
    assert_eq!(client.piece().await, Piece::Data("a".into()));
    gate.open();
    assert_eq!(client.body().await.complete(), "b");
    server.stop().await;
}

#[tokio::test]
async fn h1_shows_that_a_body_was_cut_off() {
    let server = Server::h1(once(ScriptedBody::new().data("a").pause().error("gone"))).await;
    let mut client = h1::Connection::open(server.addr()).await;
    client.get("/", &[]).await;
    let body = client.body().await;
    assert_eq!(body.bytes(), "a");
    assert_eq!(body.cut, Some(Cut::default()));
    server.stop().await;
}

#[tokio::test]
#[should_panic(expected = "the body was cut off")]
async fn a_cut_body_is_not_complete() {
    let server = Server::h1(once(ScriptedBody::new().data("a").pause().error("gone"))).await;
    let mut client = h1::Connection::open(server.addr()).await;
    client.get("/", &[]).await;
    let _ = client.body().await.complete();
}

#[tokio::test]
async fn h1_knows_bodies_with_a_length_and_without_one() {
    let server = Server::h1(Echo).await;
    let mut client = h1::Connection::open(server.addr()).await;
    for body in [&b"abc"[..], b""] {
        let head = client.request(Method::POST, "/", &[], body).await;
        assert_eq!(
            head.header("content-length"),
            Some(&*body.len().to_string())
        );
        assert_eq!(client.body().await.complete(), body);
    }
    let head = client.request(Method::HEAD, "/", &[], b"abc").await;
    assert_eq!(head.header("content-length"), Some("3"));
    assert_eq!(client.body().await.complete(), "");
    let head = client.get("/", &[("connection", "close")]).await;
    assert_eq!(head.header("content-length"), Some("0"));
    assert_eq!(client.rest().await, "");
    server.stop().await;
}

#[tokio::test]
async fn h2_shows_frames_and_trailers() {
    let body = ScriptedBody::new().data("ab").pause().data("c");
    let server = Server::h2(once(body.trailers([("x-sum", "3")]))).await;
    let mut client = h2::Connection::open(server.addr()).await;
    let mut exchange = client.get("/", &[("accept", "*/*")]).await;
    assert_eq!(exchange.head.version, http::Version::HTTP_2);
    let body = exchange.body().await;
    assert_eq!(body.pieces, ["ab", "c"]);
    assert_eq!(body.trailers["x-sum"], "3");
    server.stop().await;
}

#[tokio::test]
async fn h2_shows_a_reset_and_its_reason() {
    let server = Server::auto(once(ScriptedBody::new().data("a").pause().error("gone"))).await;
    let mut client = h2::Connection::open(server.addr()).await;
    let body = client.get("/", &[]).await.body().await;
    assert_eq!(body.bytes(), "a");
    assert_eq!(body.cut.unwrap().reset, Some(::h2::Reason::INTERNAL_ERROR));
    server.stop().await;
}

#[tokio::test]
async fn h2_sends_bodies() {
    let server = Server::h2(Echo).await;
    let mut client = h2::Connection::open(server.addr()).await;
    let mut exchange = client.post("/", &[("content-type", "text/x")], "abc").await;
    assert_eq!(exchange.head.header("content-type"), Some("text/x"));
    assert_eq!(exchange.body().await.complete(), "abc");

    let request = client.head(Method::PUT, "/", &[]);
    let mut exchange = client.start(request, false).await;
    exchange.upload.send_data(Bytes::from("x"), false).unwrap();
    assert_eq!(exchange.piece().await, Piece::Data("x".into()));
    exchange.upload.send_data(Bytes::from("y"), true).unwrap();
    assert_eq!(exchange.body().await.complete(), "y");
    server.stop().await;
}

#[tokio::test]
async fn panics_of_both_protocols_are_told_when_the_server_stops() {
    let boom = respond(|_: Request<Incoming>| -> Response<Full<Bytes>> { panic!("boom") });
    let server = Server::auto(boom).await;
    let mut client = h1::Connection::open(server.addr()).await;
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(client.rest().await, "");
    assert_eq!(server.stop_after_panics().await, ["boom"]);

    let server = Server::h2(once(
        ScriptedBody::new().data("a").pause().panic("body boom"),
    ))
    .await;
    let mut client = h2::Connection::open(server.addr()).await;
    let body = client.get("/", &[]).await.body().await;
    assert!(body.cut.is_some());
    drop(client);
    assert_eq!(server.stop_after_panics().await, ["body boom"]);
}

#[tokio::test]
#[should_panic(expected = "the server panicked: [\"boom\"]")]
async fn an_unexpected_panic_fails_the_test() {
    let boom = respond(|_: Request<Incoming>| -> Response<Full<Bytes>> { panic!("boom") });
    let server = Server::h1(boom).await;
    let mut client = h1::Connection::open(server.addr()).await;
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    client.rest().await;
    server.stop().await;
}

#[tokio::test]
async fn a_stopped_server_listens_no_more() {
    let server = Server::h1(Echo).await;
    let addr = server.addr();
    let mut client = h1::Connection::open(addr).await;
    client.get("/", &[]).await;
    server.stop().await;
    assert_eq!(client.rest().await, "");
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
}
