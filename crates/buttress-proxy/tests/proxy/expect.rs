//! (18) `Expect: 100-continue` asks the upstream.

use crate::support::{both, through};
use buttress_testing::h1;
use http::StatusCode;

const HEAD: &str =
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n";

async fn expect_continue(client: &mut h1::Connection) {
    let head = client.head().await;
    assert_eq!(head.status, StatusCode::CONTINUE);
}

#[tokio::test]
async fn the_client_sends_its_body_once_the_upstream_wants_it() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    client.send(HEAD).await;
    let mut connection = origin.accept().await;
    let head = connection.head().await;
    assert!(head.contains("\r\nexpect: 100-continue\r\n"), "{head}");
    connection.send("HTTP/1.1 100 Continue\r\n\r\n").await;
    expect_continue(&mut client).await;
    client.send("body").await;
    connection.until(b"body").await;
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let (head, ()) = both(client.head(), connection.send(answer)).await;
    assert_eq!(head.status, StatusCode::OK);
    // Nothing is left of it on the connection.
    let (_, seen) = both(client.get("/next", &[]), connection.answer("")).await;
    assert!(seen.starts_with("GET /next "), "{seen}");
}

#[tokio::test]
async fn an_upstream_that_does_not_want_the_body_does_not_get_it() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    client.send(HEAD).await;
    let (head, mut connection) = both(client.head(), async {
        let mut connection = origin.accept().await;
        connection.head().await;
        connection
            .send("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno")
            .await;
        connection
    })
    .await;
    assert_eq!(head.status, StatusCode::EXPECTATION_FAILED);
    assert_eq!(client.body().await.complete(), "no");
    // The upstream could take the next request for that body.
    assert_eq!(connection.closed().await, "");
    // And what the client would send now, for a request.
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn an_upstream_that_says_nothing_gets_the_body_after_a_while() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    client.send(HEAD).await;
    let mut connection = origin.accept().await;
    connection.head().await;
    expect_continue(&mut client).await;
    client.send("body").await;
    connection.until(b"body").await;
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let (head, ()) = both(client.head(), connection.send(answer)).await;
    assert_eq!(head.status, StatusCode::OK);
}

#[tokio::test]
async fn interim_responses_are_skipped() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    let (head, ()) = both(client.get("/", &[]), async {
        let mut connection = origin.accept().await;
        connection.head().await;
        connection
            .send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            .await;
    })
    .await;
    assert_eq!(head.status, StatusCode::OK);
    assert_eq!(head.header("link"), None);
}
