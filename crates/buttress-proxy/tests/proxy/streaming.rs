//! (12) Bodies flow as fast as the slower side, and end with it.

use crate::support::{Origin, both, through};
use buttress_proxy::ReverseProxy;
use buttress_testing::{ScriptedBody, wire::Piece, within};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tower::ServiceExt;

#[tokio::test]
async fn each_piece_of_a_response_is_passed_on_at_once() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    let (_, mut connection) = both(client.get("/", &[]), async {
        let mut connection = origin.accept().await;
        connection.head().await;
        connection
            .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            .await;
        connection
    })
    .await;
    for piece in ["one", "two"] {
        connection.send(format!("3\r\n{piece}\r\n")).await;
        assert_eq!(client.piece().await, Piece::Data(Bytes::from(piece)));
    }
    connection.send("0\r\n\r\n").await;
    assert_eq!(client.body().await.complete(), "");
}

#[tokio::test]
async fn each_piece_of_a_request_is_passed_on_at_once() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    client.send(head).await;
    let mut connection = origin.accept().await;
    connection.head().await;
    for piece in ["3\r\none\r\n", "3\r\ntwo\r\n", "0\r\n\r\n"] {
        client.send(piece).await;
        connection.until(piece.as_bytes()).await;
    }
    let answer = connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    both(client.head(), answer).await;
}

#[tokio::test]
async fn nothing_is_read_ahead_of_a_slow_client() {
    let mut origin = Origin::start().await;
    let proxy = ReverseProxy::new(origin.upstream());
    let request = Request::new(Empty::<Bytes>::new());
    let mut request = request;
    request
        .headers_mut()
        .insert("host", "a".parse().expect("a value"));
    let asked = tokio::spawn(proxy.oneshot(request));
    let mut connection = origin.accept().await;
    connection.head().await;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", 1_u64 << 40);
    connection.send(head).await;
    let response = within("a response", asked).await.expect("no panic");
    let mut body = response.expect("a response").into_body();
    // As much as the kernel and the proxy take.
    let stream = connection.into_stream();
    let mut taken = 0;
    let block = vec![0; 1 << 20];
    while let Ok(Ok(())) = tokio::time::timeout(Duration::from_millis(200), stream.writable()).await
    {
        taken += stream.try_write(&block).unwrap_or(0);
        assert!(taken < 64 << 20, "it takes all there is");
    }
    let frame = within("a frame", body.frame()).await;
    let frame = frame.expect("data").expect("no error");
    let length = frame.data_ref().map_or(0, Bytes::len);
    // hyper's largest buffer.
    assert!((1..=1 << 19).contains(&length), "{length}");
}

#[tokio::test]
async fn no_more_of_an_upload_is_taken_than_a_slow_upstream_takes() {
    let mut origin = Origin::start().await;
    let proxy = ReverseProxy::builder(origin.upstream())
        .head_timeout(Duration::from_millis(300))
        .build();
    let block = Bytes::from(vec![0; 1 << 16]);
    let body = ScriptedBody::new().chunks(std::iter::repeat_n(block, 1 << 14));
    let probe = body.probe();
    let request = Request::post("/").header("host", "a").body(body);
    let asked = tokio::spawn(proxy.oneshot(request.expect("a request")));
    let mut connection = origin.accept().await;
    connection.head().await;
    // It reads no more: that is a timeout, and until then the body waits.
    let error = within("an error", asked).await.expect("no panic");
    let error = error.expect_err("no response");
    assert!(error.is_timeout(), "{error}");
    assert!(probe.bytes() < 64 << 20, "{}", probe.bytes());
    assert!(probe.is_dropped());
}

#[tokio::test]
async fn a_client_that_leaves_before_the_head_cancels_its_request() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let mut connection = origin.accept().await;
    connection.head().await;
    drop(client);
    assert_eq!(connection.closed().await, "");
}

#[tokio::test]
async fn a_client_that_leaves_within_the_body_cancels_its_request() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    let (_, mut connection) = both(client.get("/", &[]), async {
        let mut connection = origin.accept().await;
        connection.head().await;
        connection
            .send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome")
            .await;
        connection
    })
    .await;
    drop(client);
    assert_eq!(connection.closed().await, "");
}

#[tokio::test]
async fn a_large_body_comes_whole() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    let body: Bytes = (0..4_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let sent = body.clone();
    let sending = tokio::spawn(async move {
        let mut connection = origin.accept().await;
        connection.head().await;
        let length = sent.len();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
        let mut stream = connection.into_stream();
        stream.write_all(head.as_bytes()).await.expect("open");
        stream.write_all(&sent).await.expect("open");
    });
    client.get("/", &[]).await;
    assert!(client.body().await.complete() == body);
    sending.await.expect("all was sent");
}
