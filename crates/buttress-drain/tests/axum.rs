//! The layer under axum's own server.

mod support;

use buttress_drain::DrainLayer;
use buttress_testing::{Gate, h1, within};
use std::time::Duration;
use support::{app, prompt};
use tokio::net::TcpListener;

#[tokio::test]
async fn while_lingering_axum_still_accepts_and_each_answer_closes() {
    let drain = prompt()
        .pre_stop(Duration::ZERO)
        .linger(Duration::from_millis(500));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let router = app(&Gate::new()).layer(DrainLayer::new(drain.clone()));
    let server = axum::serve(listener, router).with_graceful_shutdown(drain.lingered());
    let server = tokio::spawn(server.into_future());
    let mut client = h1::Connection::open(addr).await;
    assert_eq!(client.get("/", &[]).await.header("connection"), None);
    assert!(!client.body().await.complete().is_empty());

    drain.trigger();
    assert_eq!(
        client.get("/", &[]).await.header("connection"),
        Some("close")
    );
    assert_eq!(client.body().await.complete(), "hello");
    assert_eq!(client.raw().await, None);
    within("the end", server).await.unwrap().unwrap();
    assert!(within("the drain", drain.finished()).await.is_clean());
}

/// As the crate's docs say it.
#[tokio::test]
async fn with_a_deadline_beside_it_half_a_head_does_not_hold_axum_up() {
    let drain = prompt().deadline(Duration::from_millis(300));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let router = app(&Gate::new()).layer(DrainLayer::new(drain.clone()));
    let server = axum::serve(listener, router).with_graceful_shutdown(drain.lingered());
    let overdue = drain.overdue();
    let ended = tokio::spawn(async move {
        tokio::select! {
            ended = server => ended.map(|()| "by itself"),
            () = overdue => Ok("by the deadline"),
        }
    });
    let mut half = h1::Connection::open(addr).await;
    half.send("GET / HTTP/1.1\r\nHos").await;
    let mut witness = h1::Connection::open(addr).await;
    assert_eq!(witness.get("/", &[]).await.status, 200);
    drain.trigger();
    let ended = within("the end", ended).await.unwrap().unwrap();
    assert_eq!(ended, "by the deadline");
}
