//! What takes too long.

use crate::support::{both, through};
use buttress_proxy::Builder;
use buttress_testing::wire::Piece;
use http::StatusCode;
use std::time::Duration;

const SHORT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn a_head_that_does_not_come_is_504_and_ends_the_request() {
    no_head_is_504(|settings| settings.head_timeout(SHORT)).await;
}

#[tokio::test]
async fn an_upstream_that_sends_interim_responses_for_ever_is_504() {
    let (mut origin, _server, mut client) = through(|settings| settings.head_timeout(SHORT)).await;
    let (head, ()) = both(client.get("/", &[]), async {
        let mut connection = origin.accept().await;
        connection.head().await;
        let interim = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(4096);
        // Faster than they are read, on a thread of its own.
        connection.flood(interim).await;
    })
    .await;
    assert_eq!(head.status, StatusCode::GATEWAY_TIMEOUT);
}

/// An upstream that does not answer, and a limit that ends the request.
async fn no_head_is_504(settings: impl FnOnce(Builder) -> Builder) {
    let (mut origin, _server, mut client) = through(settings).await;
    let (head, rest) = both(client.get("/", &[]), async {
        let mut connection = origin.accept().await;
        connection.head().await;
        connection.closed().await
    })
    .await;
    assert_eq!(head.status, StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(rest, "");
}

#[tokio::test]
async fn a_body_that_stops_is_cut() {
    a_body_is_cut(|settings| settings.idle_timeout(SHORT)).await;
}

/// An upstream that stops in the midst of a body, and a limit that ends it.
async fn a_body_is_cut(settings: impl FnOnce(Builder) -> Builder) {
    let (mut origin, _server, mut client) = through(settings).await;
    let (_, mut connection) = both(client.get("/", &[]), async {
        let mut connection = origin.accept().await;
        connection.head().await;
        connection
            .send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nsome")
            .await;
        connection
    })
    .await;
    assert!(matches!(client.piece().await, Piece::Data(_)));
    assert!(matches!(client.piece().await, Piece::Cut(_)));
    assert_eq!(connection.closed().await, "");
}

#[tokio::test]
async fn an_upload_that_stops_is_408() {
    let (mut origin, _server, mut client) = through(|settings| settings.idle_timeout(SHORT)).await;
    client
        .send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nsome")
        .await;
    let (head, _) = both(client.head(), async {
        let mut connection = origin.accept().await;
        connection.until(b"some").await;
        connection.closed().await
    })
    .await;
    assert_eq!(head.status, StatusCode::REQUEST_TIMEOUT);
}

#[tokio::test]
async fn the_whole_has_a_limit_before_the_head_and_after_it() {
    no_head_is_504(|settings| settings.whole_timeout(SHORT)).await;
    let limit = Duration::from_millis(300);
    a_body_is_cut(|settings| settings.whole_timeout(limit)).await;
}

#[tokio::test]
async fn a_limit_beyond_all_clocks_is_none() {
    let (mut origin, _server, mut client) = through(|settings| {
        settings
            .connect_timeout(Duration::MAX)
            .head_timeout(Duration::MAX)
            .idle_timeout(Duration::MAX)
            .whole_timeout(Duration::MAX)
            .connections(1)
            .waiting(1, Duration::MAX)
    })
    .await;
    let (head, ()) = both(client.get("/", &[]), async {
        let mut connection = origin.accept().await;
        connection.head().await;
        connection
            .send("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            .await;
    })
    .await;
    assert_eq!(head.status, StatusCode::NO_CONTENT);
}
