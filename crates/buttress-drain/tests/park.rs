//! A parked connection is the same to its client.

mod support;

use buttress_drain::{Drain, Serve};
use buttress_testing::{Gate, ScriptedBody, h1, within};
use http::Method;
use std::time::Duration;
use support::{Running, app, patient};

async fn parking_at_once() -> Running {
    let at_once = |serve: Serve<_, _>| serve.park(Duration::ZERO);
    Running::start_with(patient(), app(&Gate::new()), at_once).await
}

#[tokio::test]
async fn requests_are_answered_one_after_the_other() {
    let server = parking_at_once().await;
    let mut client = h1::Connection::open(server.addr).await;
    for _ in 0..50 {
        assert_eq!(client.get("/", &[]).await.status, 200);
        assert_eq!(client.body().await.complete(), "hello");
    }
}

#[tokio::test]
async fn pipelined_requests_are_all_answered() {
    let server = parking_at_once().await;
    let mut client = h1::Connection::open(server.addr).await;
    let one = "GET /whoami HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for _ in 0..20 {
        // Half of the fourth comes later.
        client.send([&one.repeat(3), &one[..25]].concat()).await;
        for _ in 0..3 {
            assert_eq!(client.head().await.status, 200);
            assert!(!client.body().await.complete().is_empty());
        }
        client.send(&one[25..]).await;
        assert_eq!(client.head().await.status, 200);
        assert!(!client.body().await.complete().is_empty());
    }
}

#[tokio::test]
async fn an_upload_that_nobody_reads_is_not_taken_for_a_request() {
    let server = parking_at_once().await;
    let mut client = h1::Connection::open(server.addr).await;
    let smuggled = "GET /whoami HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let head = format!(
        "POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
        smuggled.len()
    );
    client.send(head).await;
    // Answered before its body came.
    assert_eq!(client.head().await.status, 404);
    assert_eq!(client.body().await.complete(), "");
    // Whether hyper closes or reads it away: nothing answers it.
    let further = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    client.send([smuggled, further].concat()).await;
    let rest = client.rest().await;
    let rest = String::from_utf8_lossy(&rest);
    assert!(!rest.contains("127.0.0.1"), "{rest}");
}

#[tokio::test]
async fn large_and_slow_bodies_arrive_whole() {
    const SIZE: usize = 4 << 20;
    let slow = || async {
        let body = ScriptedBody::new().data("a").pause().data("b");
        axum::body::Body::new(body.delay(Duration::from_millis(20)).data("c"))
    };
    let router = app(&Gate::new())
        .route("/large", axum::routing::get(|| async { vec![b'x'; SIZE] }))
        .route("/slow", axum::routing::get(slow));
    let at_once = |serve: Serve<_, _>| serve.park(Duration::ZERO);
    let server = Running::start_with(Drain::new(), router, at_once).await;
    let mut client = h1::Connection::open(server.addr).await;
    for _ in 0..3 {
        client.get("/large", &[]).await;
        // The client reads late: the server's end is full and not flushed.
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(client.body().await.complete().len(), SIZE);
        client.get("/slow", &[]).await;
        assert_eq!(client.body().await.complete(), "abc");
        let head = client.request(Method::POST, "/echo", &[], b"payload").await;
        assert_eq!(head.status, 200);
        assert_eq!(client.body().await.complete(), "payload");
    }
}

#[tokio::test]
async fn a_parked_connection_lingers_and_is_told_to_close() {
    let server = parking_at_once().await;
    let mut client = h1::Connection::open(server.addr).await;
    client.get("/", &[]).await;
    assert!(!client.body().await.complete().is_empty());
    server.drain.trigger();
    server.closed().await;
    assert_eq!(
        client.get("/", &[]).await.header("connection"),
        Some("close")
    );
    assert_eq!(client.body().await.complete(), "hello");
    assert!(within("the end", server.outcome()).await.is_clean());
}
