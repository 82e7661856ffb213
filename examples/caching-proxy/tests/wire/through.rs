//! What has to come through as it is.

use crate::{
    client::{Over, send},
    origin::Answer,
    proxy::Proxy,
};
use buttress_testing::{h1, wire::Piece};
use http::{Method, StatusCode};

fn bytes(text: &str) -> Answer {
    Answer::Bytes(text.replace('\n', "\r\n").into_bytes())
}

#[tokio::test]
async fn interim_responses_come_before_the_final_one() {
    let proxy = Proxy::start().await;
    let answer = "HTTP/1.1 102 Processing\n\nHTTP/1.1 103 Early Hints\nLink: </a.css>; rel=preload\nX: 1\nX: 2\n\nHTTP/1.1 200 OK\nCache-Control: max-age=60\nContent-Length: 4\n\nbody";
    proxy.origin.expect("/early", bytes(answer));
    let mut client = h1::Connection::open(proxy.addr).await;
    let head = client.get("/early", &[]).await;
    assert_eq!(head.status, StatusCode::PROCESSING);
    let head = client.head().await;
    assert_eq!(head.status.as_u16(), 103);
    assert_eq!(head.header("link"), Some("</a.css>; rel=preload"));
    assert_eq!(head.headers.get_all("x").iter().count(), 2);
    let head = client.head().await;
    assert_eq!(head.status, StatusCode::OK);
    assert_eq!(head.header("link"), None);
    assert_eq!(client.body().await.complete(), "body");
    // Only the final response is stored.
    let head = client.get("/early", &[]).await;
    assert_eq!(head.status, StatusCode::OK);
    assert_eq!(client.body().await.complete(), "body");
    assert_eq!(proxy.origin.seen("/early").len(), 1);
}

#[tokio::test]
async fn interim_responses_do_not_disturb_pipelined_requests() {
    let proxy = Proxy::start().await;
    for path in ["/1", "/2", "/3"] {
        let answer = format!(
            "HTTP/1.1 103 Early Hints\nX: {path}\n\nHTTP/1.1 200 OK\nContent-Length: 2\n\n{path}"
        );
        proxy.origin.expect(path, bytes(&answer));
    }
    let mut client = h1::Connection::open(proxy.addr).await;
    let request = |path| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    client
        .send([request("/1"), request("/2"), request("/3")].concat())
        .await;
    for path in ["/1", "/2", "/3"] {
        let head = client.head().await;
        assert_eq!(head.status.as_u16(), 103, "{path}");
        assert_eq!(head.header("x"), Some(path));
        let head = client.head().await;
        assert_eq!(head.status, StatusCode::OK, "{path}");
        assert_eq!(client.body().await.complete(), path);
    }
}

#[tokio::test]
async fn a_client_of_http_1_0_and_one_of_http_2_get_the_final_response_alone() {
    let proxy = Proxy::start().await;
    let answer = "HTTP/1.1 103 Early Hints\n\nHTTP/1.1 200 OK\nContent-Length: 4\n\nbody";
    proxy.origin.expect("/", bytes(answer));
    let response = send(Over::Http2, proxy.addr, &Method::GET, "/", &[], "").await;
    assert_eq!(
        (response.head.status, &*response.body),
        (StatusCode::OK, "body")
    );
    proxy.origin.expect("/", bytes(answer));
    let mut client = h1::Connection::open(proxy.addr).await;
    client
        .send("GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
        .await;
    assert_eq!(client.head().await.status, StatusCode::OK);
}

#[tokio::test]
async fn trailers_come_through_both_ways() {
    let proxy = Proxy::start().await;
    let answer =
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nTrailer: X-Sum\n\n4\nbody\n0\nX-Sum: 42\n\n";
    for path in ["/a", "/b"] {
        proxy.origin.expect(path, bytes(answer));
    }
    let mut client = h1::Connection::open(proxy.addr).await;
    client.get("/a", &[("TE", "trailers")]).await;
    let received = client.body().await;
    assert_eq!(received.complete(), "body");
    assert_eq!(
        received.trailers.get("x-sum").map(|sum| sum.as_bytes()),
        Some(&b"42"[..])
    );
    assert_eq!(
        proxy.origin.seen("/a")[0].field("te").as_deref(),
        Some("trailers")
    );

    let mut client = h1::Connection::open(proxy.addr).await;
    let request = "POST /b HTTP/1.1\nHost: a\nTE: trailers\nTransfer-Encoding: chunked\nTrailer: X-Sum\n\n3\nabc\n0\nX-Sum: 7\n\n";
    client.send(request.replace('\n', "\r\n")).await;
    assert_eq!(client.head().await.status, StatusCode::OK);
    let seen = &proxy.origin.seen("/b")[0];
    let body = String::from_utf8_lossy(&seen.body).to_ascii_lowercase();
    assert!(
        body.contains("abc") && body.contains("x-sum: 7"),
        "{body:?}"
    );
}

#[tokio::test]
async fn lines_keep_their_case_their_number_and_their_order() {
    let proxy = Proxy::start().await;
    let answer = "HTTP/1.1 200 Very Well\nX-Odd-CASE: 1\nSet-Cookie: a=1\nX-Odd-CASE: 2\nSet-Cookie: b=2\nEmpty:\nContent-Length: 0\n\n";
    proxy.origin.expect("/", bytes(answer));
    let mut client = h1::Connection::open(proxy.addr).await;
    let head = client
        .get(
            "/",
            &[
                ("X-MINE", "1"),
                ("X-MINE", "2"),
                ("Cookie", "a=1"),
                ("Accept", ""),
            ],
        )
        .await;
    let raw = String::from_utf8_lossy(&head.raw).into_owned();
    assert!(raw.starts_with("HTTP/1.1 200 Very Well\r\n"), "{raw}");
    assert!(
        raw.contains("X-Odd-CASE: 1\r\n") && raw.contains("X-Odd-CASE: 2\r\n"),
        "{raw}"
    );
    let cookies: Vec<_> = head.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1", "b=2"]);
    assert_eq!(head.header("empty"), Some(""));
    let seen = &proxy.origin.seen("/")[0];
    assert_eq!(seen.field("x-mine").as_deref(), Some("1, 2"));
    assert!(seen.lines.contains(&"X-MINE: 1".to_owned()), "{seen:?}");
    assert_eq!(seen.field("host").as_deref(), Some("localhost"));
    assert_eq!(seen.field("via").as_deref(), Some("1.1 caching-proxy"));
    assert_eq!(head.header("via"), Some("1.1 caching-proxy"));
}

#[tokio::test]
async fn fields_of_the_connection_are_not_sent_on() {
    let proxy = Proxy::start().await;
    proxy
        .origin
        .expect("/", bytes("HTTP/1.1 200 OK\nContent-Length: 0\n\n"));
    let mut client = h1::Connection::open(proxy.addr).await;
    let fields = [
        ("Connection", "x-one"),
        ("X-One", "1"),
        ("X-Two", "2"),
        ("Keep-Alive", "timeout=5"),
        ("Proxy-Connection", "x"),
    ];
    client.get("/", &fields).await;
    let seen = &proxy.origin.seen("/")[0];
    for name in ["x-one", "keep-alive", "proxy-connection"] {
        assert_eq!(seen.field(name), None, "{name}");
    }
    assert_eq!(seen.field("x-two").as_deref(), Some("2"));
}

#[tokio::test]
async fn bodies_come_as_they_are_sent() {
    let proxy = Proxy::start().await;
    // Without a length, to the end of the connection.
    let answer = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n\r\nto the end".to_vec();
    proxy.origin.expect("/close", Answer::Close(answer));
    for _ in 0..2 {
        let response = send(Over::Http1, proxy.addr, &Method::GET, "/close", &[], "").await;
        assert_eq!(response.body, "to the end");
    }
    assert_eq!(proxy.origin.seen("/close").len(), 1);
    // Cut short: never stored.
    let cut =
        b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 10\r\n\r\ncut".to_vec();
    for _ in 0..2 {
        proxy.origin.expect("/cut", Answer::Close(cut.clone()));
        let mut client = h1::Connection::open(proxy.addr).await;
        client.get("/cut", &[]).await;
        let mut got = Vec::new();
        loop {
            match client.piece().await {
                Piece::Data(data) => got.extend_from_slice(&data),
                Piece::Cut(_) => break,
                other => panic!("a whole body: {other:?}"),
            }
        }
        assert!(b"cut".starts_with(&got[..]));
    }
    assert_eq!(proxy.origin.seen("/cut").len(), 2);
}

#[tokio::test]
async fn a_response_without_a_date_gets_one() {
    let proxy = Proxy::start().await;
    proxy.origin.expect(
        "/",
        bytes("HTTP/1.1 200 OK\nCache-Control: max-age=60\nContent-Length: 0\n\n"),
    );
    let first = send(Over::Http1, proxy.addr, &Method::GET, "/", &[], "").await;
    let second = send(Over::Http1, proxy.addr, &Method::GET, "/", &[], "").await;
    assert!(first.field("date").is_some() && second.field("date").is_some());
    assert_eq!(proxy.origin.seen("/").len(), 1);
}
