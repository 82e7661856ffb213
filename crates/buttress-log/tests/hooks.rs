//! The app's own functions: they may panic, log, and be given a clock that is wrong.

mod support;

use buttress_log::{AccessLogLayer, Format, Record};
use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response};
use http_body_util::Full;
use std::{
    convert::Infallible,
    future::ready,
    panic::{AssertUnwindSafe, catch_unwind, panic_any},
    sync::Mutex,
    thread,
    time::{Duration, Instant, SystemTime},
};
use support::Log;
use tower::{Layer, Service, ServiceBuilder, service_fn};

fn send(layer: &AccessLogLayer) -> Response<impl Sized + use<>> {
    let service = service_fn(|_: Request<()>| {
        ready(Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())))
    });
    let answered = layer.layer(service).call(Request::new(())).now_or_never();
    answered.unwrap().unwrap()
}

/// Panics again when it is dropped.
struct Again;

impl Drop for Again {
    fn drop(&mut self) {
        panic!("again");
    }
}

#[test]
fn a_level_or_a_hook_that_panics_costs_the_line_alone() {
    let log = Log::new();
    let layers = [
        log.layer().level(|_| panic!("no level")),
        log.layer().on_record(|_| panic!("no hook")),
        log.layer().on_record(|_| panic_any(Again)),
    ];
    for layer in &layers {
        assert_eq!(send(layer).status(), 200);
    }
    assert_eq!(log.lines().len(), 0);
    assert_eq!(log.writer.stats().dropped(), 3);
    send(&log.layer());
    assert_eq!(log.only()["dropped"], 3);
}

#[test]
fn a_format_that_panics_does_not_swallow_the_number_of_the_dropped() {
    struct Bomb;
    impl Format for Bomb {
        fn encode(&self, _: &Record<'_>, _: &mut Vec<u8>) {
            panic!("no format");
        }
    }
    let log = Log::new();
    let bombs = log.layer().format(Bomb);
    send(&bombs);
    send(&bombs);
    send(&log.layer());
    assert_eq!(log.only()["dropped"], 2);
}

#[test]
fn a_field_a_route_or_a_client_that_panics_is_the_requests_and_has_a_line() {
    let log = Log::new();
    let layers = [
        log.layer().field("bomb", |_| panic!("no field")),
        log.layer().route(|_| panic!("no route")),
        log.layer().client(|_| panic!("no client")),
        log.layer().response_field("bomb", |_| panic!("no field")),
    ];
    for layer in &layers {
        assert!(catch_unwind(AssertUnwindSafe(|| send(layer))).is_err());
    }
    let lines = log.json();
    assert_eq!(lines.len(), 4);
    assert!(lines.iter().all(|line| line["outcome"] == "error"));
}

#[test]
fn a_clock_that_goes_backwards_shows_no_time() {
    let start = Instant::now() + Duration::from_secs(3_600);
    let clock = Mutex::new(start);
    let log = Log::new();
    send(&log.layer().clock(move || {
        let mut clock = clock.lock().unwrap();
        *clock -= Duration::from_secs(1);
        (SystemTime::UNIX_EPOCH - Duration::from_secs(1), *clock)
    }));
    let line = log.only();
    assert_eq!(line["total_ms"], 0.0);
    assert_eq!(line["time"], "1970-01-01T00:00:00.000000Z");
}

#[test]
fn two_layers_write_two_lines_with_one_id() {
    let log = Log::new();
    let service = ServiceBuilder::new()
        .layer(log.layer())
        .layer(log.layer())
        .service(service_fn(|_: Request<()>| {
            ready(Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())))
        }));
    let mut service = service;
    let response = service.call(Request::new(())).now_or_never();
    let response = response.unwrap().unwrap();
    let lines = log.json();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["request_id"], lines[1]["request_id"]);
    let sent: Vec<_> = response.headers().get_all("x-request-id").iter().collect();
    assert_eq!(sent, [lines[0]["request_id"].as_str().unwrap()]);
}

#[test]
fn a_request_that_ends_while_its_thread_does_has_a_line() {
    struct AtEnd(AccessLogLayer);
    impl Drop for AtEnd {
        fn drop(&mut self) {
            send(&self.0);
        }
    }
    thread_local! {
        static AT_END: Mutex<Option<AtEnd>> = const { Mutex::new(None) };
    }
    let log = Log::new();
    let layer = log.layer();
    let ending = thread::spawn(move || {
        AT_END.with(|at_end| *at_end.lock().unwrap() = Some(AtEnd(layer.clone())));
        // The crate's own thread-locals are younger, and so gone by then.
        send(&layer);
    });
    ending.join().unwrap();
    assert_eq!(log.lines().len(), 2);
}

/// A format, a hook and a level that log to the writer that the line is for.
#[cfg(feature = "subscriber")]
#[test]
fn hooks_that_log_to_the_same_writer_wait_for_nobody() {
    use tracing_subscriber::prelude::*;

    struct Chatty;
    impl Format for Chatty {
        fn encode(&self, _: &Record<'_>, out: &mut Vec<u8>) {
            out.extend_from_slice(b"half of it, ");
            tracing::info!("in the format");
            out.extend_from_slice(b"and all of it");
        }
    }
    let log = Log::new();
    let format = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(log.writer.clone());
    let _default = tracing_subscriber::registry().with(format).set_default();
    let layer = log
        .layer()
        .format(Chatty)
        .on_record(|_| tracing::info!("in the hook"))
        .level(|_| {
            tracing::info!("in the level");
            tracing::Level::INFO
        });
    send(&layer);
    let lines = log.lines();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert_eq!(lines[3], "half of it, and all of it");
}
