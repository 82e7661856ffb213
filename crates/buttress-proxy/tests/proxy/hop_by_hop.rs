//! (10) Fields of one hop end at the proxy.

use crate::support::{both, through};
use http::StatusCode;

#[tokio::test]
async fn fields_of_one_hop_and_those_that_connection_names_do_not_go_on() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    let fields = [
        ("Connection", "keep-alive, X-One"),
        ("Connection", "x-two , te"),
        ("X-One", "1"),
        ("X-Two", "2"),
        ("X-Three", "3"),
        ("Keep-Alive", "timeout=5"),
        ("Proxy-Connection", "keep-alive"),
        ("TE", "trailers, gzip;q=0.5"),
        ("Upgrade", "h2c"),
    ];
    let answer = "HTTP/1.1 200 OK\r\nConnection: X-Secret\r\nX-Secret: 1\r\nX-Open: 2\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n";
    let (head, seen) = both(client.get("/", &fields), async {
        let mut connection = origin.accept().await;
        let head = connection.head().await;
        connection.send(answer).await;
        head
    })
    .await;
    for gone in [
        "x-one",
        "x-two",
        "keep-alive",
        "connection",
        "upgrade",
        "gzip",
    ] {
        assert!(!seen.contains(gone), "{gone}: {seen}");
    }
    assert!(seen.contains("\r\nx-three: 3\r\n"), "{seen}");
    assert!(seen.contains("\r\nte: trailers\r\n"), "{seen}");
    assert_eq!(head.status, StatusCode::OK);
    for gone in ["x-secret", "keep-alive", "proxy-connection", "upgrade"] {
        assert_eq!(head.header(gone), None, "{gone}");
    }
    assert_eq!(head.header("x-open"), Some("2"));
}

#[tokio::test]
async fn a_te_without_trailers_goes_and_none_is_made_up() {
    for te in [&[("TE", "gzip")][..], &[]] {
        let (mut origin, _server, mut client) = through(|settings| settings).await;
        let (_, seen) = both(client.get("/", te), async {
            origin.accept().await.answer("").await
        })
        .await;
        assert!(!seen.contains("\r\nte:"), "{seen}");
    }
}

#[tokio::test]
async fn connection_takes_out_neither_the_host_nor_what_the_proxy_says() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    let named = "close, host, via, x-request-id, x-forwarded-proto";
    let fields = [("Connection", named), ("X-Request-Id", "7")];
    let (_, seen) = both(client.get("/", &fields), async {
        origin.accept().await.answer("").await
    })
    .await;
    for field in [
        "host: localhost",
        "x-request-id: 7",
        "via: 1.1 buttress",
        "x-forwarded-proto: http",
    ] {
        assert!(
            seen.contains(&format!("\r\n{field}\r\n")),
            "{field}: {seen}"
        );
    }
}

#[tokio::test]
async fn trailers_pass_both_ways() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    let request = "POST / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 7\r\n\r\n";
    client.send(request).await;
    let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n4\r\nbody\r\n0\r\nX-Sum: 42\r\n\r\n";
    let (head, sent) = both(client.head(), async {
        let mut connection = origin.accept().await;
        connection.head().await;
        let body = connection.until(b"7\r\n\r\n").await;
        connection.send(answer).await;
        body
    })
    .await;
    let sent = String::from_utf8_lossy(&sent).to_ascii_lowercase();
    assert_eq!(sent, "3\r\nabc\r\n0\r\nx-sum: 7\r\n\r\n");
    assert_eq!(head.header("trailer"), Some("X-Sum"));
    let received = client.body().await;
    assert_eq!(received.complete(), "body");
    assert_eq!(received.trailers["x-sum"], "42");
}

#[tokio::test]
async fn trailers_say_nothing_that_the_head_must_not() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    let spoofed = [
        "X-Forwarded-For: 6.6.6.6",
        "X-Forwarded-Host: evil.example",
        "Forwarded: for=6.6.6.6",
        "X-Real-IP: 6.6.6.6",
        "X-Request-Id: 6",
        "X-One: 6",
        "Connection: X-One",
    ];
    let names: Vec<_> = spoofed
        .iter()
        .filter_map(|it| it.split(':').next())
        .collect();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, {}\r\n\r\n3\r\nabc\r\n0\r\n{}\r\nX-Sum: 7\r\n\r\n",
        names.join(", "),
        spoofed.join("\r\n"),
    );
    client.send(request).await;
    let (_, sent) = both(client.head(), async {
        let mut connection = origin.accept().await;
        connection.head().await;
        let body = connection.until(b"\r\n\r\n").await;
        connection.send("HTTP/1.1 204 No Content\r\n\r\n").await;
        body
    })
    .await;
    let sent = String::from_utf8_lossy(&sent).to_ascii_lowercase();
    assert_eq!(sent, "3\r\nabc\r\n0\r\nx-sum: 7\r\n\r\n");
}
