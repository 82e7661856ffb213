//! (15) Upstreams that break the protocol.

use crate::support::{both, through};
use buttress_testing::wire::Piece;
use http::StatusCode;

#[tokio::test]
async fn what_is_no_valid_head_is_502() {
    for (name, answer) in [
        ("garbage", "\x16\x03\x01\x02\0\x01\0"),
        ("another protocol", "SSH-2.0-OpenSSH_9.2\r\n"),
        ("no status", "HTTP/1.1 \r\n\r\n"),
        ("a status of two digits", "HTTP/1.1 20 OK\r\n\r\n"),
        (
            "two lengths",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        ),
        (
            "another coding",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        ),
        (
            "a signed length",
            "HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc",
        ),
        (
            "a folded field",
            "HTTP/1.1 200 OK\r\nX: 1\r\n 2\r\nContent-Length: 0\r\n\r\n",
        ),
        (
            "chunks in HTTP/1.0",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        (
            "an upgrade that nobody asked for",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        ),
        ("an end in the head", "HTTP/1.1 200 OK\r\nConte"),
        ("an end at once", ""),
    ] {
        let (mut origin, _server, mut client) = through(|settings| settings).await;
        let (head, ()) = both(client.get("/", &[]), async {
            let mut connection = origin.accept().await;
            connection.head().await;
            connection.send(answer).await;
            // And closes.
        })
        .await;
        assert_eq!(head.status, StatusCode::BAD_GATEWAY, "{name}");
        client.body().await;
        // The client's connection is not to blame.
        let (head, _) = both(client.get("/", &[]), async {
            origin.accept().await.answer("").await
        })
        .await;
        assert_eq!(head.status, StatusCode::OK, "{name}");
    }
}

#[tokio::test]
async fn an_endless_head_is_502_once_it_is_too_large() {
    let (mut origin, _server, mut client) =
        through(|settings| settings.response_head(16 * 1024)).await;
    let (head, sent) = both(client.get("/", &[]), async {
        let mut stream = origin.accept().await;
        stream.head().await;
        stream.send("HTTP/1.1 200 OK\r\n").await;
        let mut stream = stream.into_stream();
        let line = format!("X: {}\r\n", "a".repeat(1000));
        let mut sent = 0;
        // Until the proxy has closed.
        while tokio::io::AsyncWriteExt::write_all(&mut stream, line.as_bytes())
            .await
            .is_ok()
        {
            sent += line.len();
        }
        sent
    })
    .await;
    assert_eq!(head.status, StatusCode::BAD_GATEWAY);
    // What the kernel holds is in it.
    assert!(sent < 32 << 20, "{sent}");
}

#[tokio::test]
async fn a_head_that_is_larger_than_allowed_is_502() {
    let (mut origin, _server, mut client) =
        through(|settings| settings.response_head(8 * 1024)).await;
    let (head, ()) = both(client.get("/", &[]), async {
        let mut connection = origin.accept().await;
        connection.head().await;
        let field = format!("X: {}\r\n", "a".repeat(1000)).repeat(10);
        let answer = format!("HTTP/1.1 200 OK\r\n{field}Content-Length: 0\r\n\r\n");
        connection.send(answer).await;
    })
    .await;
    assert_eq!(head.status, StatusCode::BAD_GATEWAY);
}

#[tokio::test]
async fn a_body_that_is_cut_short_is_cut_for_the_client_too() {
    for (framing, rest) in [
        ("Content-Length: 10\r\n\r\n", "cut"),
        ("Transfer-Encoding: chunked\r\n\r\n", "3\r\ncut\r\n"),
        (
            "Transfer-Encoding: chunked\r\n\r\n",
            "3\r\ncut\r\nnonsense\r\n",
        ),
        (
            "Transfer-Encoding: chunked\r\n\r\n",
            "ffffffffffffffffff\r\n",
        ),
    ] {
        let (mut origin, _server, mut client) = through(|settings| settings).await;
        let (head, mut connection) = both(client.get("/", &[]), async {
            let mut connection = origin.accept().await;
            connection.head().await;
            let head = format!("HTTP/1.1 200 OK\r\n{framing}");
            connection.send(head).await;
            connection
        })
        .await;
        assert_eq!(head.status, StatusCode::OK);
        connection.send(rest).await;
        drop(connection);
        loop {
            match client.piece().await {
                Piece::Data(data) => assert!(b"cut".starts_with(&data[..])),
                Piece::Cut(_) => break,
                piece => panic!("a whole body of {rest:?}: {piece:?}"),
            }
        }
    }
}

#[tokio::test]
async fn what_follows_a_response_is_no_part_of_the_next() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    let (_, _connection) = both(client.get("/", &[]), async {
        let mut connection = origin.accept().await;
        connection.head().await;
        connection.send(answer).await;
        connection
    })
    .await;
    assert_eq!(client.body().await.complete(), "ok");
    let (_, _) = both(client.get("/", &[]), async {
        origin.accept().await.answer("fresh").await
    })
    .await;
    assert_eq!(client.body().await.complete(), "fresh");
}

#[tokio::test]
async fn a_length_beside_chunks_goes_and_its_connection_is_not_used_again() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    let (head, mut connection) = both(client.get("/", &[]), async {
        let mut connection = origin.accept().await;
        connection.head().await;
        connection.send(answer).await;
        connection
    })
    .await;
    assert_eq!(head.header("content-length"), None);
    assert_eq!(client.body().await.complete(), "ok");
    assert_eq!(connection.closed().await, "");
}

#[tokio::test]
async fn what_came_before_a_cut_reaches_the_client() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    let (head, ()) = both(client.get("/", &[]), async {
        let mut connection = origin.accept().await;
        connection.head().await;
        // All at once, with its end.
        connection
            .send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\ncut")
            .await;
    })
    .await;
    assert_eq!(head.status, StatusCode::OK);
    assert!(matches!(client.piece().await, Piece::Data(data) if data == "cut"));
    assert!(matches!(client.piece().await, Piece::Cut(_)));
}

#[tokio::test]
async fn an_early_answer_comes_through_while_the_upload_goes_on() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    client
        .send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
        .await;
    let (head, mut connection) = both(client.head(), async {
        let mut connection = origin.accept().await;
        connection.head().await;
        connection
            .send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
            .await;
        connection
    })
    .await;
    assert_eq!(head.status, StatusCode::OK);
    client.send("def").await;
    connection.until(b"abcdef").await;
    connection.send("early").await;
    assert_eq!(client.body().await.complete(), "early");
    // In order again, on both sides.
    let (head, seen) = both(client.get("/next", &[]), connection.answer("")).await;
    assert_eq!(head.status, StatusCode::OK);
    assert!(seen.starts_with("GET /next "), "{seen}");
}

#[tokio::test]
async fn an_early_refusal_of_an_upload_reaches_the_client() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    client
        .send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc")
        .await;
    let (head, ()) = both(client.head(), async {
        let mut connection = origin.accept().await;
        connection.head().await;
        connection
            .send(
                "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            )
            .await;
    })
    .await;
    assert_eq!(head.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_client_that_breaks_off_its_upload_ends_the_request_at_the_upstream() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    let request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc";
    client.send(request).await;
    let mut connection = origin.accept().await;
    connection.until(b"abc").await;
    drop(client);
    assert_eq!(connection.closed().await, "");
}
