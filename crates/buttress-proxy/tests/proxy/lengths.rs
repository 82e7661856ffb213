//! (17) Responses that have no body, whatever they say of its length.

use crate::support::{Connection, both, through};
use http::Method;

async fn respond(connection: &mut Connection, head: &str) {
    connection.head().await;
    connection.send(head.replace('\n', "\r\n")).await;
}

#[tokio::test]
async fn head_204_and_304_have_no_body_and_leave_the_connection_in_order() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    let first = client.request(Method::HEAD, "/", &[], b"");
    let (head, mut connection) = both(first, async {
        let mut connection = origin.accept().await;
        respond(&mut connection, "HTTP/1.1 200 OK\nContent-Length: 1000\n\n").await;
        connection
    })
    .await;
    // Of the GET that it stands for.
    assert_eq!(head.header("content-length"), Some("1000"));

    let no_content = respond(
        &mut connection,
        "HTTP/1.1 204 No Content\nContent-Length: 5\n\n",
    );
    let (head, ()) = both(client.get("/", &[]), no_content).await;
    assert_eq!(head.status.as_u16(), 204);
    assert_eq!(head.header("content-length"), None);
    assert_eq!(head.header("transfer-encoding"), None);

    let not_modified = "HTTP/1.1 304 Not Modified\nContent-Length: 1000\nETag: \"a\"\n\n";
    let (head, ()) = both(client.get("/", &[]), respond(&mut connection, not_modified)).await;
    assert_eq!(head.status.as_u16(), 304);
    assert_eq!(head.header("etag"), Some("\"a\""));

    // All over one connection, on both sides.
    let (head, _) = both(client.get("/", &[]), connection.answer("body")).await;
    assert_eq!(head.header("content-length"), Some("4"));
    assert_eq!(client.body().await.complete(), "body");
    assert!(origin.is_quiet());
}

#[tokio::test]
async fn a_chunked_answer_to_head_has_none_either() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    let first = client.request(Method::HEAD, "/", &[], b"");
    let (_, mut connection) = both(first, async {
        let mut connection = origin.accept().await;
        respond(
            &mut connection,
            "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n",
        )
        .await;
        connection
    })
    .await;
    let (_, seen) = both(client.get("/next", &[]), connection.answer("next")).await;
    assert!(seen.starts_with("GET /next "), "{seen}");
    assert_eq!(client.body().await.complete(), "next");
}

#[tokio::test]
async fn a_body_to_the_end_of_the_connection_is_chunked_for_the_client() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    let (head, ()) = both(client.get("/", &[]), async {
        let mut connection = origin.accept().await;
        respond(&mut connection, "HTTP/1.0 200 OK\n\nto the end").await;
    })
    .await;
    assert_eq!(head.header("transfer-encoding"), Some("chunked"));
    assert_eq!(client.body().await.complete(), "to the end");
}
