//! (13) Connections that leave HTTP.

use crate::support::{Connection, Origin, both, serve, through};
use buttress_proxy::{Builder, ReverseProxy};
use buttress_testing::{Flag, Server, h1, h2, wire::Piece};
use http::{Method, StatusCode};
use std::time::Duration;

const ASKED: [(&str, &str); 2] = [
    ("Connection", "keep-alive, Upgrade"),
    ("Upgrade", "websocket"),
];
const GRANTED: &str =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

async fn tunnel(
    settings: impl FnOnce(Builder) -> Builder,
    granted: &str,
) -> (Origin, Server, h1::Connection, Connection) {
    let (mut origin, server, mut client) = through(settings).await;
    let (head, connection) = both(client.get("/chat", &ASKED), async {
        let mut connection = origin.accept().await;
        let head = connection.head().await;
        assert!(head.contains("\r\nupgrade: websocket\r\n"), "{head}");
        assert!(head.contains("\r\nconnection: upgrade\r\n"), "{head}");
        connection.send(granted).await;
        connection
    })
    .await;
    assert_eq!(head.status, StatusCode::SWITCHING_PROTOCOLS);
    assert_eq!(head.header("upgrade"), Some("websocket"));
    (origin, server, client, connection)
}

#[tokio::test]
async fn a_websocket_goes_both_ways_until_both_ends_close() {
    // The first bytes come with the head.
    let granted = format!("{GRANTED}hello");
    let (_origin, _server, mut client, mut connection) =
        tunnel(|settings| settings, &granted).await;
    assert_eq!(client.raw().await.as_deref(), Some(&b"hello"[..]));
    client.send("ping").await;
    connection.until(b"ping").await;
    connection.send("pong").await;
    assert_eq!(client.raw().await.as_deref(), Some(&b"pong"[..]));
    drop(connection);
    assert_eq!(client.raw().await, None);
}

#[tokio::test]
async fn a_client_that_leaves_ends_the_tunnel() {
    let (_origin, _server, client, mut connection) = tunnel(|settings| settings, GRANTED).await;
    drop(client);
    assert_eq!(connection.closed().await, "");
}

#[tokio::test]
async fn a_tunnel_in_which_nothing_moves_is_closed() {
    let settings = |settings: Builder| settings.tunnel_idle(Duration::from_millis(50));
    let (_origin, _server, mut client, mut connection) = tunnel(settings, GRANTED).await;
    assert_eq!(client.raw().await, None);
    assert_eq!(connection.closed().await, "");
}

#[tokio::test]
async fn a_drain_ends_tunnels() {
    let draining = Flag::new();
    let until = draining.clone();
    let settings = move |settings: Builder| {
        settings.tunnels_until(move || {
            let until = until.clone();
            async move { until.wait().await }
        })
    };
    let (_origin, _server, mut client, mut connection) = tunnel(settings, GRANTED).await;
    client.send("ping").await;
    connection.until(b"ping").await;
    draining.set();
    assert_eq!(client.raw().await, None);
    assert_eq!(connection.closed().await, "");
}

#[tokio::test]
async fn a_refused_upgrade_is_a_response_like_others() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    let (head, mut connection) = both(client.get("/", &ASKED), async {
        let mut connection = origin.accept().await;
        connection.answer("no").await;
        connection
    })
    .await;
    assert_eq!(head.status, StatusCode::OK);
    assert_eq!(client.body().await.complete(), "no");
    let (_, seen) = both(client.get("/next", &[]), connection.answer("")).await;
    assert!(seen.starts_with("GET /next "), "{seen}");
}

#[tokio::test]
async fn an_upgrade_to_http_again_is_not_asked_of_the_upstream() {
    for protocol in ["h2c", "websocket, H2C", "HTTP/2.0"] {
        let (mut origin, _server, mut client) = through(|settings| settings).await;
        let asked = [
            ("Connection", "Upgrade, HTTP2-Settings"),
            ("Upgrade", protocol),
            ("HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA"),
        ];
        let (head, seen) = both(client.get("/", &asked), async {
            origin.accept().await.answer("").await
        })
        .await;
        assert_eq!(head.status, StatusCode::OK);
        for gone in ["upgrade", "http2-settings", "\r\nconnection"] {
            assert!(!seen.contains(gone), "{gone}: {seen}");
        }
    }
}

async fn websocket_over_http2(
    granted: &str,
) -> ((Server, h2::Connection), h2::Exchange, Connection) {
    let mut origin = Origin::start().await;
    let server = serve(ReverseProxy::new(origin.upstream())).await;
    let mut client = h2::Connection::open(server.addr()).await;
    let version = ("sec-websocket-version", "13");
    let mut request = client.head(Method::CONNECT, "/room?a=b", &[version]);
    let protocol = ::h2::ext::Protocol::from_static("websocket");
    request.extensions_mut().insert(protocol);
    let (exchange, connection) = both(client.start(request, false), async {
        let mut connection = origin.accept().await;
        let head = connection.head().await;
        assert!(head.starts_with("GET /room?a=b HTTP/1.1\r\n"), "{head}");
        for line in [
            "upgrade: websocket",
            "connection: upgrade",
            "sec-websocket-version: 13",
        ] {
            assert!(head.contains(&format!("\r\n{line}\r\n")), "{line}: {head}");
        }
        let (_, key) = head.split_once("\r\nsec-websocket-key: ").expect("a key");
        assert_eq!(key.find('\r'), Some(24), "{key}");
        connection.send(granted).await;
        connection
    })
    .await;
    ((server, client), exchange, connection)
}

#[tokio::test]
async fn a_websocket_over_http2_is_one_over_http1_at_the_upstream() {
    let granted = GRANTED.replace("\r\n\r\n", "\r\nSec-WebSocket-Accept: x\r\n\r\nhello");
    let (_held, mut exchange, mut connection) = websocket_over_http2(&granted).await;
    assert_eq!(exchange.head.status, StatusCode::OK);
    for gone in ["upgrade", "connection", "sec-websocket-accept"] {
        assert_eq!(exchange.head.header(gone), None);
    }
    assert_eq!(exchange.piece().await, Piece::Data("hello".into()));
    let sent = exchange.upload.send_data("ping".into(), false);
    sent.expect("the tunnel is open");
    connection.until(b"ping").await;
    connection.send("pong").await;
    assert_eq!(exchange.piece().await, Piece::Data("pong".into()));
}

#[tokio::test]
async fn a_success_that_is_no_websocket_opens_no_tunnel_over_http2() {
    for (answer, status) in [
        ("200 OK", StatusCode::BAD_GATEWAY),
        ("403 Forbidden", StatusCode::FORBIDDEN),
    ] {
        let answer = format!("HTTP/1.1 {answer}\r\nContent-Length: 2\r\n\r\nno");
        let (_held, exchange, _connection) = websocket_over_http2(&answer).await;
        assert_eq!(exchange.head.status, status);
    }
}

#[tokio::test]
async fn connect_is_refused_unless_it_is_allowed() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    client
        .send("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n")
        .await;
    assert_eq!(client.head().await.status, StatusCode::NOT_IMPLEMENTED);
    assert!(origin.is_quiet());

    let (mut origin, _server, mut client) = through(|settings| settings.connect_method(true)).await;
    client
        .send("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n")
        .await;
    let (head, mut connection) = both(client.head(), async {
        let mut connection = origin.accept().await;
        let head = connection.head().await;
        assert!(head.starts_with("CONNECT a:1 HTTP/1.1\r\n"), "{head}");
        connection.send("HTTP/1.1 200 OK\r\n\r\n").await;
        connection
    })
    .await;
    assert_eq!(head.status, StatusCode::OK);
    client.send("ping").await;
    connection.until(b"ping").await;
    connection.send("pong").await;
    assert_eq!(client.raw().await.as_deref(), Some(&b"pong"[..]));
}
