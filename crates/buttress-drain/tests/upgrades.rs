//! Connections that stop being HTTP, and the end of the server.

mod support;

use axum::{
    Router,
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::any,
};
use buttress_drain::{Drain, InFlight};
use buttress_testing::{Gate, h1, within};
use hyper_util::rt::TokioIo;
use std::time::Duration;
use support::{Running, app, patient};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// With `/stream`, which echoes lines until the drain begins, and then says
/// goodbye when the client does.
fn upgrading(drain: &Drain) -> Router {
    let drain = drain.clone();
    let upgrade = move |mut request: Request| async move {
        let upgrade = hyper::upgrade::on(&mut request);
        let guard = drain.guard();
        tokio::spawn(async move { echo(upgrade.await.unwrap(), guard).await });
        switching()
    };
    app(&Gate::new()).route("/stream", any(upgrade))
}

fn switching() -> Response {
    let headers = [("connection", "upgrade"), ("upgrade", "echo")];
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}

async fn echo(stream: hyper::upgrade::Upgraded, guard: InFlight) {
    let mut stream = TokioIo::new(stream);
    let mut bytes = [0; 16];
    loop {
        let said = tokio::select! {
            read = stream.read(&mut bytes) => &bytes[..read.unwrap()],
            () = guard.drain().triggered() => break,
        };
        stream.write_all(said).await.unwrap();
    }
    stream.write_all(b"bye?").await.unwrap();
    let read = stream.read(&mut bytes).await.unwrap();
    stream.write_all(&bytes[..read]).await.unwrap();
}

async fn stream(server: &Running) -> h1::Connection {
    let mut client = h1::Connection::open(server.addr).await;
    let headers = [("connection", "upgrade"), ("upgrade", "echo")];
    let head = client.get("/stream", &headers).await;
    assert_eq!(head.status, 101);
    client.send("ping").await;
    assert_eq!(client.raw().await.as_deref(), Some(&b"ping"[..]));
    client
}

#[tokio::test]
async fn an_upgraded_stream_hears_of_the_end_and_is_waited_for_by_its_guard() {
    let drain = patient();
    let server = Running::start(drain.clone(), upgrading(&drain)).await;
    let mut client = stream(&server).await;
    assert_eq!(drain.in_flight(), 1);
    drain.trigger();
    assert_eq!(client.raw().await.as_deref(), Some(&b"bye?"[..]));
    server.closed().await;
    assert!(!server.has_ended());
    client.send("bye").await;
    assert_eq!(client.raw().await.as_deref(), Some(&b"bye"[..]));
    assert_eq!(client.raw().await, None);
    assert!(server.outcome().await.is_clean());
}

#[tokio::test]
async fn an_upgraded_stream_that_does_not_end_counts_as_cut_at_the_deadline() {
    let drain = Drain::new().deadline(Duration::from_millis(300));
    let server = Running::start(drain.clone(), upgrading(&drain)).await;
    let mut client = stream(&server).await;
    drain.trigger();
    assert_eq!(client.raw().await.as_deref(), Some(&b"bye?"[..]));
    assert_eq!(server.outcome().await.cut(), 1);
}

#[tokio::test]
async fn while_lingering_an_upgrade_is_still_granted() {
    let drain = patient();
    let server = Running::start(drain.clone(), upgrading(&drain)).await;
    let mut client = h1::Connection::open(server.addr).await;
    client.get("/", &[]).await;
    assert_eq!(client.body().await.complete(), "hello");
    drain.trigger();
    let headers = [("connection", "upgrade"), ("upgrade", "echo")];
    let head = client.get("/stream", &headers).await;
    assert_eq!(head.status, 101);
    assert_eq!(head.header("connection"), Some("upgrade"));
    assert_eq!(
        within("goodbye", client.raw()).await.as_deref(),
        Some(&b"bye?"[..])
    );
}
