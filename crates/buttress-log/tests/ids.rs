//! Request ids and traces: taken, made, replaced.

mod support;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::Full;
use std::{
    convert::Infallible,
    future::ready,
    sync::{Arc, Mutex},
};
use support::Log;
use tower::{Layer, ServiceExt, service_fn};

const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// What the handler sees, and what the client gets.
async fn through(
    layer: buttress_log::AccessLogLayer,
    request: Request<()>,
) -> (HeaderMap, HeaderMap) {
    let seen = Arc::new(Mutex::new(HeaderMap::new()));
    let service = {
        let seen = Arc::clone(&seen);
        service_fn(move |request: Request<()>| {
            seen.lock().unwrap().clone_from(request.headers());
            ready(Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())))
        })
    };
    let response = layer.layer(service).oneshot(request).await.unwrap();
    let seen = seen.lock().unwrap().clone();
    (seen, response.headers().clone())
}

#[tokio::test]
async fn an_id_is_the_same_for_handler_client_and_line() {
    let log = Log::new();
    let (seen, sent) = through(log.layer(), Request::new(())).await;
    let id = seen["x-request-id"].to_str().unwrap();
    assert_eq!(id.len(), 32);
    assert_eq!(sent["x-request-id"], id);
    assert_eq!(log.only()["request_id"], id);
}

#[tokio::test]
async fn a_given_id_is_kept_where_it_is_trusted_and_replaced_where_not() {
    let request = || {
        Request::builder()
            .header("x-request-id", "abc")
            .body(())
            .unwrap()
    };
    let log = Log::new();
    assert_eq!(
        through(log.layer(), request()).await.0["x-request-id"],
        "abc"
    );
    let untrusted = through(log.layer().trust_ids(false), request()).await;
    assert_ne!(untrusted.0["x-request-id"], "abc");
}

#[tokio::test]
async fn forged_ids_are_replaced() {
    let log = Log::new();
    let long = "x".repeat(129);
    for forged in ["", "a b", "a\tb", &long, "ä"] {
        let mut request = Request::new(());
        let value = HeaderValue::from_bytes(forged.as_bytes()).unwrap();
        request.headers_mut().insert("x-request-id", value);
        let (seen, _) = through(log.layer(), request).await;
        assert_eq!(seen["x-request-id"].len(), 32, "{forged}");
    }
}

#[tokio::test]
async fn a_valid_traceparent_is_kept_and_a_forged_one_replaced() {
    let log = Log::new();
    let request = |value: &str| {
        Request::builder()
            .header("traceparent", value)
            .body(())
            .unwrap()
    };
    let (seen, _) = through(log.layer(), request(GOOD)).await;
    assert_eq!(seen["traceparent"], GOOD);
    let long = format!("{GOOD}-{}", "x".repeat(1_000));
    for forged in ["00-1-2-3", "", &long, &GOOD.to_uppercase()] {
        let (seen, _) = through(log.layer(), request(forged)).await;
        let made = seen["traceparent"].to_str().unwrap();
        assert_ne!(made, forged);
        assert_eq!(made.len(), 55);
        assert_eq!(log.json().last().unwrap()["trace_id"], made[3..35]);
    }
}

#[tokio::test]
async fn no_id_is_sent_where_that_is_off() {
    let log = Log::new();
    let (seen, sent) = through(log.layer().send_id(false), Request::new(())).await;
    assert!(seen.contains_key("x-request-id"));
    assert!(!sent.contains_key("x-request-id"));
}

#[tokio::test]
async fn a_layer_that_is_off_does_nothing() {
    let log = Log::new();
    let (seen, sent) = through(log.layer().enabled(false), Request::new(())).await;
    assert!(seen.is_empty() && sent.is_empty());
    assert_eq!(log.lines().len(), 0);
}
