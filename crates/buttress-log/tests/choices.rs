//! Which lines are written.

mod support;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use std::{
    convert::Infallible,
    future::ready,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};
use support::Log;
use tower::{Layer, ServiceExt, service_fn};
use tracing::Level;

/// Answers with the status that the path names.
async fn get(layer: &buttress_log::AccessLogLayer, path: &str) {
    let service = service_fn(|request: Request<()>| {
        let status = request.uri().path()[1..].parse().unwrap_or(StatusCode::OK);
        let response = Response::builder().status(status);
        ready(Ok::<_, Infallible>(
            response.body(Full::<Bytes>::default()).unwrap(),
        ))
    });
    let request = Request::get(path).body(()).unwrap();
    layer.layer(service).oneshot(request).await.unwrap();
}

#[tokio::test]
async fn probes_can_be_skipped_and_still_get_an_id() {
    let log = Log::new();
    let layer = log.layer().skip(|head| head.uri.path() == "/healthz");
    let handle = layer.handle();
    get(&layer, "/healthz").await;
    get(&layer, "/200").await;
    assert_eq!(log.only()["target"], "/200");
    assert_eq!(handle.left_out(), 1);
}

#[tokio::test]
async fn levels_follow_the_status() {
    let log = Log::new();
    for path in ["/200", "/304", "/404", "/503"] {
        get(&log.layer(), path).await;
    }
    let levels: Vec<_> = log
        .json()
        .iter()
        .map(|line| line["level"].clone())
        .collect();
    assert_eq!(levels, ["INFO", "INFO", "WARN", "ERROR"]);
}

#[tokio::test]
async fn the_level_can_be_changed_while_requests_run() {
    let log = Log::new();
    let layer = log.layer();
    let handle = layer.handle();
    handle.set_level(Level::ERROR);
    get(&layer, "/404").await;
    handle.set_level(Level::WARN);
    get(&layer, "/404").await;
    get(&layer, "/200").await;
    assert_eq!(log.lines().len(), 1);
    assert_eq!(handle.level(), Level::WARN);
    assert_eq!(handle.left_out(), 2);
}

#[tokio::test]
async fn sampling_leaves_out_no_error_and_says_for_how_many_a_line_stands() {
    let log = Log::new();
    let layer = log.layer().sample(10);
    for _ in 0..100 {
        get(&layer, "/200").await;
        get(&layer, "/500").await;
    }
    let lines = log.json();
    let of = |status: u16| lines.iter().filter(move |line| line["status"] == status);
    assert_eq!(of(200).count(), 10);
    assert!(of(200).all(|line| line["sample"] == 10));
    assert_eq!(of(500).count(), 100);
    assert!(of(500).all(|line| line.get("sample").is_none()));
    assert_eq!(layer.handle().left_out(), 90);
}

#[tokio::test]
async fn slow_requests_bypass_sampling() {
    let log = Log::new();
    let layer = log.layer().sample(1_000).slow(Duration::ZERO);
    for _ in 0..5 {
        get(&layer, "/200").await;
    }
    assert_eq!(log.lines().len(), 5);
    assert!(log.json().iter().all(|line| line["level"] == "WARN"));
}

#[tokio::test]
async fn records_are_seen_whether_they_are_written_or_not() {
    let log = Log::new();
    let count = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&count);
    let layer = log.layer().sample(1_000).on_record(move |record| {
        counted.fetch_add(
            record
                .status()
                .map_or(0, |status| u64::from(status.as_u16())),
            SeqCst,
        );
    });
    for _ in 0..3 {
        get(&layer, "/200").await;
    }
    assert_eq!(count.load(SeqCst), 600);
    assert_eq!(log.lines().len(), 1);
}

#[tokio::test]
async fn services_of_one_layer_share_its_choices() {
    let log = Log::new();
    let layer = log.layer().sample(2);
    let copy = layer.clone();
    get(&layer, "/200").await;
    get(&copy, "/200").await;
    assert_eq!(log.lines().len(), 1);
}
