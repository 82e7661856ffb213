//! (14) A connection that closes between two requests, or under one.

use crate::support::{Connection, Origin, both, through};
use buttress_testing::{Server, h1};
use http::{Method, StatusCode};

/// A proxy with one idle connection.
async fn warmed() -> (Origin, Server, h1::Connection, Connection) {
    let (mut origin, server, mut client) = through(|settings| settings).await;
    let (_, connection) = both(client.get("/first", &[]), async {
        let mut connection = origin.accept().await;
        connection.answer("").await;
        connection
    })
    .await;
    client.body().await;
    (origin, server, client, connection)
}

#[tokio::test]
async fn one_that_was_closed_while_idle_is_not_used() {
    let (mut origin, _server, mut client, connection) = warmed().await;
    drop(connection);
    // Not idempotent, so that a second try would be a fault.
    let request = client.request(Method::POST, "/", &[], b"body");
    let (head, seen) = both(request, async { origin.accept().await.answer("").await }).await;
    assert_eq!(head.status, StatusCode::OK);
    assert!(seen.starts_with("POST / "), "{seen}");
}

#[tokio::test]
async fn an_answer_that_came_while_idle_is_nobodys() {
    let (mut origin, _server, mut client, mut connection) = warmed().await;
    let late = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    connection.send(late).await;
    let (head, _) = both(client.get("/", &[]), async {
        origin.accept().await.answer("").await
    })
    .await;
    assert_eq!(head.status, StatusCode::OK);
}

#[tokio::test]
async fn a_get_is_sent_again_once_when_its_connection_closes_as_it_goes_out() {
    let (mut origin, _server, mut client, mut connection) = warmed().await;
    let (head, seen) = both(client.get("/again", &[("X", "1")]), async {
        let first = connection.head().await;
        drop(connection);
        let second = origin.accept().await.answer("").await;
        assert_eq!(first, second);
        second
    })
    .await;
    assert_eq!(head.status, StatusCode::OK);
    assert!(seen.contains("\r\nx: 1\r\n"), "{seen}");
}

#[tokio::test]
async fn the_second_try_is_the_last() {
    let (mut origin, _server, mut client, mut connection) = warmed().await;
    let (head, ()) = both(client.get("/", &[]), async {
        connection.head().await;
        drop(connection);
        let mut second = origin.accept().await;
        second.head().await;
    })
    .await;
    assert_eq!(head.status, StatusCode::BAD_GATEWAY);
    assert!(origin.is_quiet());
}

#[tokio::test]
async fn a_post_whose_bytes_were_sent_is_not_sent_again() {
    let (mut origin, _server, mut client, mut connection) = warmed().await;
    let request = client.request(Method::POST, "/", &[], b"order");
    let (head, ()) = both(request, async {
        connection.until(b"order").await;
        drop(connection);
    })
    .await;
    assert_eq!(head.status, StatusCode::BAD_GATEWAY);
    assert!(origin.is_quiet());
}

#[tokio::test]
async fn a_get_whose_answer_had_begun_is_not_sent_again() {
    let (mut origin, _server, mut client, mut connection) = warmed().await;
    let (head, ()) = both(client.get("/", &[]), async {
        connection.head().await;
        connection.send("HTTP/1.1 200 OK\r\nConte").await;
        drop(connection);
    })
    .await;
    assert_eq!(head.status, StatusCode::BAD_GATEWAY);
    assert!(origin.is_quiet());
}
