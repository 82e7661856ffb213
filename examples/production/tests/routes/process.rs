use crate::app::App;
use crate::waits::inflight_turns;
use std::net::Ipv4Addr;

#[tokio::test]
async fn the_flag_is_stronger_than_app_listen() {
    let flag = ["--listen", "127.0.0.1:0"];
    let app = App::start_with(&flag, &[("APP_LISTEN", "[::1]:1"), ("PORT", "1")]).await;
    assert_eq!(app.addr.ip(), Ipv4Addr::LOCALHOST);
    assert_eq!(app.get("/plain").await.status(), 200);
}

#[tokio::test]
async fn app_listen_is_stronger_than_port() {
    let app = App::start_with(&[], &[("APP_LISTEN", "127.0.0.1:0"), ("PORT", "1")]).await;
    // Not PORT's, and not the default: the one that the system chose.
    assert!(![1, 3000].contains(&app.addr.port()));
}

#[tokio::test]
async fn port_is_one_of_the_loopback_address() {
    let app = App::start_with(&[], &[("PORT", "0")]).await;
    assert_eq!(app.addr.ip(), Ipv4Addr::LOCALHOST);
    assert_ne!(app.addr.port(), 3000);
}

#[tokio::test]
async fn assets_are_found_from_any_folder_and_can_be_elsewhere() {
    let elsewhere = std::env::temp_dir();
    let args = [
        "--listen",
        "127.0.0.1:0",
        "--assets",
        elsewhere.to_str().unwrap(),
    ];
    let app = App::start_with(&args, &[]).await;
    assert!(app.get("/assets/site.css").await.problem(404).is_none());
}

#[tokio::test]
async fn sigterm_lets_a_request_in_flight_end() {
    let app = App::start().await;
    let mut held = app.connect().await;
    held.send("GET /hold?ms=2000 HTTP/1.1\r\nHost: x\r\n\r\n")
        .await;
    inflight_turns(&app, "1").await;
    app.terminate().await;
    assert_eq!(held.head().await.status, 200);
    assert_eq!(held.body().await.complete(), "held for 2000 ms\n");
    let ended = app.ended().await;
    assert_eq!((ended.status.code(), &*ended.stderr), (Some(0), ""));
}

#[tokio::test]
async fn the_drain_deadline_cuts_what_does_not_end() {
    let args = ["--listen", "127.0.0.1:0", "--drain-deadline", "100ms"];
    let app = App::start_with(&args, &[]).await;
    let mut held = app.connect().await;
    held.send("GET /hold?ms=60000 HTTP/1.1\r\nHost: x\r\n\r\n")
        .await;
    inflight_turns(&app, "1").await;
    app.terminate().await;
    assert_eq!(held.rest().await, "");
    let ended = app.ended().await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stderr.contains("deadline"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_second_signal_ends_the_drain_at_once() {
    let args = ["--listen", "127.0.0.1:0", "--drain-deadline", "10m"];
    let app = App::start_with(&args, &[]).await;
    let mut idle = app.connect().await;
    assert_eq!(idle.get("/plain", &[]).await.status, 200);
    let mut held = app.connect().await;
    held.send("GET /hold?ms=60000 HTTP/1.1\r\nHost: x\r\n\r\n")
        .await;
    inflight_turns(&app, "1").await;
    app.terminate().await;
    // A drain closes idle connections, so now it has begun.
    idle.rest().await;
    app.terminate().await;
    let ended = app.ended().await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stderr.contains("second signal"), "{}", ended.stderr);
}
