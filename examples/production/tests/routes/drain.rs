//! How the process ends: by signals, and by too many panics.

use crate::app::App;
use crate::storm::{Manner, Storm};
use crate::waits::inflight_turns;
use buttress_testing::h1::Connection;
use buttress_testing::wire::Piece;
use buttress_testing::within;

const LISTEN: [&str; 2] = ["--listen", "127.0.0.1:0"];

async fn start(variables: &[(&str, &str)]) -> App {
    App::start_with(&LISTEN, variables).await
}

/// Connections that each wait for an answer to `GET /hold`.
async fn hold(app: &App, ms: u32, count: usize) -> Vec<Connection> {
    let mut all = Vec::new();
    for _ in 0..count {
        let mut held = app.connect().await;
        let request = format!("GET /hold?ms={ms} HTTP/1.1\r\nHost: x\r\n\r\n");
        held.send(request).await;
        all.push(held);
    }
    inflight_turns(app, &count.to_string()).await;
    all
}

#[tokio::test]
async fn sigterm_lets_a_request_in_flight_end() {
    let app = App::start().await;
    let mut held = hold(&app, 2000, 1).await.remove(0);
    app.terminate().await;
    let head = held.head().await;
    assert_eq!(head.status, 200);
    assert_eq!(head.header("connection"), Some("close"));
    assert_eq!(held.body().await.complete(), "held for 2000 ms\n");
    let ended = app.ended().await;
    assert_eq!(ended.status.code(), Some(0));
    assert!(!ended.stderr.contains("cut off"), "{}", ended.stderr);
}

#[tokio::test]
async fn the_drain_deadline_cuts_what_does_not_end() {
    let app = start(&[("APP_DRAIN__DEADLINE", "100ms")]).await;
    let mut held = hold(&app, 60_000, 1).await.remove(0);
    app.terminate().await;
    assert_eq!(held.rest().await, "");
    let ended = app.ended().await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stderr.contains("deadline"), "{}", ended.stderr);
}

#[tokio::test]
async fn an_endless_stream_is_cut_at_the_deadline_and_does_not_look_complete() {
    let app = App::start_with(&[&LISTEN[..], &["--drain-deadline", "1s"]].concat(), &[]).await;
    let mut stream = app.connect().await;
    let head = stream.get("/stream?kind=endless", &[]).await;
    assert_eq!(head.header("content-type"), Some("text/event-stream"));
    assert_eq!(stream.piece().await, Piece::Data("data: tick 0\n\n".into()));
    app.terminate().await;
    // It goes on until then.
    assert_eq!(stream.piece().await, Piece::Data("data: tick 1\n\n".into()));
    assert!(stream.body().await.cut.is_some());
    assert_eq!(app.ended().await.status.code(), Some(1));
}

#[tokio::test]
async fn a_second_signal_ends_the_drain_at_once() {
    let app = start(&[
        ("APP_DRAIN__DEADLINE", "10m"),
        ("APP_DRAIN__LINGER", "50ms"),
    ])
    .await;
    let mut idle = app.connect().await;
    assert_eq!(idle.get("/plain", &[]).await.status, 200);
    assert_eq!(idle.body().await.complete(), "Hello, World!");
    let _held = hold(&app, 60_000, 1).await;
    app.terminate().await;
    // A drain closes idle connections, so now it has begun.
    assert_eq!(idle.rest().await, "");
    app.terminate().await;
    let ended = app.ended().await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stderr.contains("second signal"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_half_sent_head_does_not_hold_the_exit_up() {
    let app = start(&[("APP_DRAIN__DEADLINE", "10m")]).await;
    let mut half = app.connect().await;
    half.send("GET /plain HTTP/1.1\r\nHos").await;
    // The server has accepted it by the time it has answered a later one.
    assert_eq!(app.get("/plain").await.status(), 200);
    app.terminate().await;
    assert_eq!(app.ended().await.status.code(), Some(0));
    assert_eq!(half.rest().await, "");
}

#[tokio::test]
async fn readiness_fails_first_and_all_else_goes_on() {
    let app = start(&[
        ("APP_DRAIN__PRE_STOP", "10m"),
        ("APP_DRAIN__DEADLINE", "20m"),
    ])
    .await;
    assert_eq!(app.get("/readyz").await.status(), 200);
    app.terminate().await;
    let unready = async { while app.get("/readyz").await.status() != 503 {} };
    within("readiness to fail", unready).await;
    for path in ["/healthz", "/plain"] {
        assert_eq!(app.get(path).await.status(), 200);
    }
    app.terminate().await;
    assert_eq!(app.ended().await.status.code(), Some(0));
}

async fn sigterm_fails_no_request(manner: Manner) {
    for repetition in 0..5 {
        let app = start(&[("APP_DRAIN__LINGER", "300ms")]).await;
        let storm = Storm::begin(app.addr, manner, 32);
        within("load", storm.reaches(500 + 37 * repetition)).await;
        app.terminate().await;
        let tally = within("the end of the storm", storm.end()).await;
        assert_eq!(tally.failed, Vec::<String>::new());
        assert_eq!(app.ended().await.status.code(), Some(0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_under_keep_alive_load_fails_no_request() {
    sigterm_fails_no_request(Manner::KeepAlive).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_under_a_connection_per_request_fails_none() {
    sigterm_fails_no_request(Manner::OneEach).await;
}

#[tokio::test]
async fn many_panics_at_once_trip_the_budget_once_and_cost_nobody_else_a_request() {
    let app = App::start_with(&[&LISTEN[..], &["--panic-budget", "10"]].concat(), &[]).await;
    let held = hold(&app, 3000, 20).await;
    let mut panicking = Vec::new();
    for _ in 0..200 {
        panicking.push(app.connect().await);
    }
    for connection in &mut panicking {
        let request = "GET /boom HTTP/1.1\r\nHost: x\r\n\r\n";
        connection.send(request).await;
    }
    for mut connection in panicking {
        assert_eq!(connection.head().await.status, 500);
        assert!(!connection.body().await.complete().is_empty());
    }
    for mut connection in held {
        assert_eq!(connection.head().await.status, 200);
        assert_eq!(connection.body().await.complete(), "held for 3000 ms\n");
    }
    let ended = app.ended().await;
    assert_eq!(ended.status.code(), Some(70));
    for said_once in ["the panic budget is spent", "draining"] {
        assert_eq!(ended.stderr.matches(said_once).count(), 1, "{said_once}");
    }
}

#[tokio::test]
async fn panics_within_the_budget_end_nothing() {
    let app = App::start_with(&[&LISTEN[..], &["--panic-budget", "3"]].concat(), &[]).await;
    for _ in 0..3 {
        assert_eq!(app.get("/boom").await.status(), 500);
    }
    assert_eq!(app.get("/readyz").await.status(), 200);
    // One more, in a task that nobody awaits.
    assert_eq!(app.get("/boom?kind=task").await.status(), 200);
    assert_eq!(app.ended().await.status.code(), Some(70));
}
