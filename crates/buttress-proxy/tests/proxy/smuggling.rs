//! (11) Messages whose length two readers could read differently.

use crate::support::{both, through};
use buttress_testing::h1;

/// What the client gets for bytes that must not reach the upstream.
async fn refused(request: &str) -> (String, bool) {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    client.send(request).await;
    let answer = client.rest().await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    (answer, origin.is_quiet())
}

#[tokio::test]
async fn ambiguous_requests_are_refused_and_their_connection_closed() {
    for (name, request) in [
        (
            "two lengths",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 30\r\n\r\nabc",
        ),
        (
            "a list of two",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 30\r\n\r\nabc",
        ),
        (
            "a signed length",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc",
        ),
        (
            "a folded field",
            "POST / HTTP/1.1\r\nHost: a\r\nX: 1\r\n Content-Length: 3\r\n\r\n",
        ),
        (
            "a folded coding",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        ),
        (
            "a space before the colon",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\nabc",
        ),
        (
            "chunked is not last",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
        ),
        (
            "a coding of its own",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        ),
        (
            "a coding in HTTP/1.0",
            "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        (
            "a zero byte",
            "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
        ),
        (
            "a bare CR",
            "GET / HTTP/1.1\r\nHost: a\r\nX: a\rContent-Length: 3\r\n\r\nabc",
        ),
    ] {
        let (answer, is_quiet) = refused(request).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{name}: {answer}");
        assert!(is_quiet, "{name}");
    }
}

#[tokio::test]
async fn what_the_server_lets_through_the_proxy_refuses_and_closes() {
    for (name, request, status) in [
        (
            "another coding inside",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "501",
        ),
        (
            "chunked twice",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "501",
        ),
        (
            "two hosts",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "400",
        ),
        ("no host", "GET / HTTP/1.1\r\n\r\n", "400"),
        (
            "a host of two",
            "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
            "400",
        ),
        (
            "a user in the host",
            "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n",
            "400",
        ),
        (
            "an authority for a target",
            "GET a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
            "400",
        ),
        (
            "a user in the target",
            "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "400",
        ),
    ] {
        let (answer, is_quiet) = refused(request).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{name}: {answer}"
        );
        assert!(is_quiet, "{name}");
    }
}

/// Sends bytes, and gives what reaches the upstream up to its end.
async fn passed(request: &str) -> (String, String, h1::Connection) {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    client.send(request).await;
    let (_, (head, body)) = both(client.head(), async {
        let mut connection = origin.accept().await;
        let head = connection.head().await;
        let body = match head.contains("transfer-encoding: chunked") {
            true => connection.until(b"0\r\n\r\n").await,
            false => bytes::Bytes::new(),
        };
        connection
            .send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .await;
        // Nothing follows.
        let rest = connection.closed().await;
        assert_eq!(rest, "", "bytes behind the request");
        (head, String::from_utf8_lossy(&body).into_owned())
    })
    .await;
    (head, body, client)
}

#[tokio::test]
async fn a_length_beside_chunked_goes_and_what_follows_is_no_second_request() {
    // For who believes the length, the GET is a request.
    let request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    let (head, body, mut client) = passed(request).await;
    assert!(!head.contains("content-length"), "{head}");
    assert_eq!(body, "0\r\n\r\n");
    // RFC 9112 §6.1: the connection is closed behind it.
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn bare_line_feeds_and_chunk_extensions_do_not_reach_the_upstream() {
    let (head, ..) = passed("GET /a HTTP/1.1\nHost: a\nX: 1\n\n").await;
    assert!(head.starts_with("GET /a HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("\r\nx: 1\r\n"), "{head}");
    assert!(!head.replace("\r\n", "").contains('\n'), "{head:?}");

    let request = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;a=\"b\"\r\nabc\r\n0;x\r\n\r\n";
    let (_, body, _) = passed(request).await;
    assert_eq!(body, "3\r\nabc\r\n0\r\n\r\n");
}

#[tokio::test]
async fn lengths_that_agree_are_one_without_zeros_before_it() {
    for lengths in [
        "Content-Length: 0\r\nContent-Length: 0",
        "Content-Length: 000",
    ] {
        let request = format!("POST / HTTP/1.1\r\nHost: a\r\n{lengths}\r\n\r\n");
        let (head, ..) = passed(&request).await;
        assert_eq!(head.matches("content-length: 0\r\n").count(), 1, "{head}");
    }
}

#[tokio::test]
async fn a_chunk_whose_line_ends_in_a_bare_line_feed_reaches_nobody_as_a_request() {
    // Some read `2;\n` as a whole line, others up to the CR.
    let request = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;\nxx\r\n10\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n";
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    client.send(request).await;
    let (_, seen) = both(client.rest(), async {
        let mut connection = origin.accept().await;
        connection.closed().await
    })
    .await;
    let seen = String::from_utf8_lossy(&seen).into_owned();
    assert!(!seen.contains("GET /x"), "{seen}");
    assert!(!seen.ends_with("0\r\n\r\n"), "{seen}");
}
