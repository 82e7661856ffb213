//! The app's own log: through the same writer, with the request's id.
#![cfg(feature = "subscriber")]

mod support;

use buttress_log::{AppFilter, SpanFields, Writer};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use std::{convert::Infallible, io::Write, time::Duration};
use support::{Log, Text};
use tower::{Layer, ServiceExt, service_fn};
use tracing_subscriber::{fmt::MakeWriter, prelude::*};

#[tokio::test]
async fn events_of_a_handler_carry_the_request_id_and_share_the_writer() {
    let log = Log::new();
    let format = tracing_subscriber::fmt::layer()
        .json()
        .with_writer(log.writer.clone());
    let _default = tracing_subscriber::registry().with(format).set_default();
    let service = service_fn(|_: Request<()>| async {
        tokio::task::yield_now().await;
        tracing::info!("in the handler");
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    });
    let request = Request::builder()
        .header("x-request-id", "id-1")
        .body(())
        .unwrap();
    log.layer().layer(service).oneshot(request).await.unwrap();
    let lines = log.json();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["fields"]["message"], "in the handler");
    assert_eq!(lines[0]["span"]["request_id"], "id-1");
    assert_eq!(lines[1]["request_id"], "id-1");
}

/// The spans of two events, by ours and by that of tracing-subscriber.
#[test]
fn span_fields_are_the_json_that_tracing_subscriber_writes() {
    let spans = |lines: Vec<serde_json::Value>| {
        let lines = lines.into_iter();
        lines.map(|line| line["span"].clone()).collect::<Vec<_>>()
    };
    let theirs = Log::new();
    let layer = tracing_subscriber::fmt::layer().json();
    let layer = layer.with_writer(theirs.writer.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), in_spans);
    let ours = Log::new();
    let layer = tracing_subscriber::fmt::layer()
        .json()
        .fmt_fields(SpanFields);
    let layer = layer.with_writer(ours.writer.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), in_spans);
    let (theirs, ours) = (spans(theirs.json()), spans(ours.json()));
    assert_eq!(ours.len(), 3);
    assert_eq!(ours, theirs);
    assert_eq!(ours[1]["late"], 2);
}

fn in_spans() {
    let span = tracing::info_span!(
        "all",
        text = "a \"quoted\" \\ line\nand \u{1f}",
        signed = -1,
        unsigned = u64::MAX,
        real = 1.0,
        tiny = 1e-9,
        none = f64::NAN,
        yes = true,
        shown = %"shown",
        debugged = ?Some("x"),
        r#type = "keyword",
        late = tracing::field::Empty,
    );
    span.in_scope(|| tracing::info!("one"));
    span.record("late", 1);
    span.record("late", 2);
    span.in_scope(|| tracing::info!("two"));
    let empty = tracing::info_span!("empty", late = tracing::field::Empty);
    empty.record("late", "now");
    empty.in_scope(|| tracing::info!("three"));
}

#[tokio::test]
async fn without_a_span_events_have_no_id() {
    let log = Log::new();
    let format = tracing_subscriber::fmt::layer()
        .json()
        .with_writer(log.writer.clone());
    let _default = tracing_subscriber::registry().with(format).set_default();
    let service = service_fn(|_: Request<()>| async {
        tracing::info!("in the handler");
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    });
    log.layer()
        .span(false)
        .layer(service)
        .oneshot(Request::new(()))
        .await
        .unwrap();
    assert!(log.json()[0].get("span").is_none());
}

#[test]
fn the_filter_can_be_changed_and_refuses_what_it_does_not_understand() {
    let log = Log::new();
    let (filter, handle) = AppFilter::parse("warn").unwrap();
    let format = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(log.writer.clone());
    let _default = tracing_subscriber::registry()
        .with(format.with_filter(filter))
        .set_default();
    tracing::info!("first");
    handle.set("info").unwrap();
    tracing::info!("second");
    assert!(handle.set("=nonsense=level").is_err());
    tracing::info!("third");
    let lines = log.lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("second") && lines[1].contains("third"));
}

#[test]
fn what_comes_in_pieces_is_one_line() {
    let log = Log::new();
    let mut line = log.writer.make_writer();
    line.write_all(b"a").unwrap();
    line.write_all(b"b").unwrap();
    drop(line);
    assert_eq!(log.lines(), ["ab"]);
}

#[test]
fn dropped_lines_of_the_app_are_told_in_the_manner_of_the_next() {
    let text = Text::default();
    // Room for one of the lines, and no tick to make any.
    let builder = Writer::builder()
        .capacity(64 * 1024)
        .tick(Duration::from_secs(3_600));
    let (writer, guard) = builder.to(text.clone()).unwrap();
    let mut line = vec![b'x'; 40_000];
    line.push(b'\n');
    writer.make_writer().write_all(&line).unwrap();
    let dropped = writer.stats().dropped();
    assert_eq!(dropped, 1);
    writer
        .make_writer()
        .write_all(b"{\"message\":\"next\"}\n")
        .unwrap();
    guard.flush(Duration::from_secs(10)).unwrap();
    let text = String::from_utf8(text.bytes()).unwrap();
    let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(first["dropped"], 1);
    assert_eq!(text.lines().count(), 2);
}
