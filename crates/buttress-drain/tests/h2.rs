//! The drain over HTTP/2.

mod support;

use buttress_drain::Drain;
use buttress_testing::{Gate, h1, h2, wire::Piece, within};
use bytes::Bytes;
use std::time::Duration;
use support::{Running, app, patient};
use tokio::net::TcpStream;

#[tokio::test]
async fn both_protocols_are_served_on_one_port() {
    let server = Running::start(Drain::new(), app(&Gate::new())).await;
    let mut new = h2::Connection::open(server.addr).await;
    let mut old = h1::Connection::open(server.addr).await;
    let mut exchange = new.get("/", &[]).await;
    assert_eq!(exchange.head.version, http::Version::HTTP_2);
    assert_eq!(exchange.body().await.complete(), "hello");
    assert_eq!(old.get("/", &[]).await.version, http::Version::HTTP_11);
}

#[tokio::test]
async fn a_stream_in_flight_ends_whole_after_goaway() {
    let gate = Gate::new();
    let server = Running::start(patient(), app(&gate)).await;
    let (mut send, connection) = client(server.addr).await;
    let ended = tokio::spawn(connection);

    let request = |path| {
        http::Request::get(format!("http://localhost{path}"))
            .body(())
            .unwrap()
    };
    let (response, _) = send.send_request(request("/gated-body"), true).unwrap();
    let response = within("the head", response).await.unwrap();
    // Connection-specific fields are none of HTTP/2's (RFC 9113 §8.2.2).
    assert!(response.headers().get("connection").is_none());
    let mut body = response.into_body();
    assert_eq!(body.data().await.unwrap().unwrap(), "first");

    server.drain.trigger();
    server.closed().await;
    let refused = within("GOAWAY", async {
        loop {
            // Until GOAWAY is there, streams are opened, and answered as well.
            match send.clone().ready().await {
                Ok(_) => tokio::task::yield_now().await,
                Err(error) => break error,
            }
        }
    })
    .await;
    assert!(refused.is_go_away(), "{refused}");
    gate.open();
    assert_eq!(body.data().await.unwrap().unwrap(), "last");
    while let Some(more) = body.data().await {
        assert_eq!(more.unwrap(), "");
    }
    let ended = within("the end of the connection", ended).await.unwrap();
    assert!(ended.is_ok(), "{ended:?}");
    assert!(server.outcome().await.is_clean());
}

#[tokio::test]
async fn an_idle_connection_ends_with_goaway() {
    let server = Running::start(patient(), app(&Gate::new())).await;
    let (send, connection) = client(server.addr).await;
    let ended = tokio::spawn(connection);
    let mut witness = h1::Connection::open(server.addr).await;
    witness.get("/", &[]).await;
    drop(witness);
    server.drain.trigger();
    let ended = within("the end of the connection", ended).await.unwrap();
    assert!(ended.is_ok(), "{ended:?}");
    drop(send);
    assert!(server.outcome().await.is_clean());
}

#[tokio::test]
async fn an_endless_stream_is_cut_at_the_deadline() {
    let drain = Drain::new().deadline(Duration::from_millis(300));
    let server = Running::start(drain, app(&Gate::new())).await;
    let mut client = h2::Connection::open(server.addr).await;
    let mut exchange = client.get("/endless", &[]).await;
    assert!(matches!(exchange.piece().await, Piece::Data(_)));
    server.drain.trigger();
    assert!(exchange.body().await.cut.is_some());
    assert_eq!(server.outcome().await.cut(), 1);
}

async fn client(
    addr: std::net::SocketAddr,
) -> (
    ::h2::client::SendRequest<Bytes>,
    ::h2::client::Connection<TcpStream, Bytes>,
) {
    let stream = TcpStream::connect(addr).await.unwrap();
    within("the handshake", ::h2::client::handshake(stream))
        .await
        .unwrap()
}
