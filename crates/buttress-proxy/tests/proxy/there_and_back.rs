//! A request and its response, there and back.

use crate::support::{both, through};
use bytes::Bytes;
use http::{Method, StatusCode};

#[tokio::test]
async fn a_request_goes_to_the_upstream_and_its_response_comes_back() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    let (head, seen) = both(client.get("/a?b=c", &[("Accept", "x")]), async {
        origin.accept().await.answer("hello").await
    })
    .await;
    assert_eq!(head.status, StatusCode::OK);
    assert_eq!(client.body().await.complete(), Bytes::from("hello"));
    assert!(seen.starts_with("GET /a?b=c HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains("\r\naccept: x\r\n"), "{seen}");
    assert!(seen.contains("\r\nhost: localhost\r\n"), "{seen}");
    assert!(seen.contains("\r\nvia: 1.1 buttress\r\n"), "{seen}");
    assert!(seen.contains("\r\nx-forwarded-proto: http\r\n"), "{seen}");
}

#[tokio::test]
async fn a_connection_is_used_again_and_the_last_one_first() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    let (_, mut connection) = both(client.get("/1", &[]), async {
        let mut connection = origin.accept().await;
        connection.answer("1").await;
        connection
    })
    .await;
    client.body().await;
    for path in ["/2", "/3"] {
        let (head, seen) = both(client.get(path, &[]), connection.answer("again")).await;
        assert_eq!(head.status, StatusCode::OK);
        assert!(seen.starts_with(&format!("GET {path} ")), "{seen}");
        assert_eq!(client.body().await.complete(), Bytes::from("again"));
    }
    assert!(origin.is_quiet());
}

#[tokio::test]
async fn a_body_with_a_length_goes_with_it_and_one_without_in_chunks() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    let request = client.request(Method::POST, "/", &[], b"four");
    let (_, (mut connection, seen)) = both(request, async {
        let mut connection = origin.accept().await;
        let head = connection.answer("ok").await;
        connection.until(b"four").await;
        (connection, head)
    })
    .await;
    client.body().await;
    assert!(seen.contains("\r\ncontent-length: 4\r\n"), "{seen}");
    assert!(!seen.contains("transfer-encoding"), "{seen}");

    let chunked =
        "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    client.send(chunked).await;
    let (_, seen) = both(client.head(), async {
        let head = connection.answer("ok").await;
        connection.until(b"3\r\nabc\r\n0\r\n\r\n").await;
        head
    })
    .await;
    assert!(
        seen.contains("\r\ntransfer-encoding: chunked\r\n"),
        "{seen}"
    );
}

#[tokio::test]
async fn an_upstream_that_hangs_up_is_502() {
    let (origin, _server, mut client) = through(|settings| settings).await;
    // It closes whatever it accepts.
    drop(origin);
    let head = client.get("/", &[]).await;
    assert_eq!(head.status, StatusCode::BAD_GATEWAY);
    assert_eq!(head.header("retry-after"), Some("1"));
    assert_eq!(
        head.header("content-type"),
        Some("application/problem+json")
    );
}
