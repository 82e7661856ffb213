//! What the layer counts.

use crate::support::{ANY, Arrival, CODINGS, Reply, ask, get, receive, request};
use buttress_compression::{
    CompressionHint, CompressionLayer, Encoding,
    Skipped::{self, *},
};
use buttress_testing::{Gate, ScriptedBody, collect, corpus, service};
use http::{Method, Request, Response};
use http_body_util::BodyExt;
use tower::{Layer, ServiceExt};

const REASONS: [Skipped; 10] = [
    NotNegotiated,
    OptedOut,
    Status,
    AlreadyEncoded,
    NoTransform,
    Predicate,
    TooSmall,
    NotSmaller,
    Head,
    EncoderFailed,
];

#[tokio::test]
async fn a_new_layer_has_done_nothing() {
    let stats = CompressionLayer::new().stats();
    assert!(CODINGS.iter().all(|&encoding| stats.encoded(encoding) == 0));
    assert!(REASONS.iter().all(|&reason| stats.skipped(reason) == 0));
    assert_eq!((stats.bytes_in, stats.bytes_out, stats.aborted), (0, 0, 0));
    assert_eq!((stats.reused, stats.not_acceptable), (0, 0));
    assert!(stats.busy.is_zero());
}

#[tokio::test]
async fn responses_are_counted_by_coding_with_their_bytes() {
    for arrival in Arrival::ALL {
        let layer = CompressionLayer::new();
        let reply = Reply::page().arrival(arrival);
        let (mut bytes_in, mut bytes_out) = (0, 0);
        for (index, encoding) in CODINGS.into_iter().enumerate() {
            for _ in 0..=index {
                let answer = ask(&layer, get(encoding.as_str()), &reply).await;
                bytes_in += reply.data.len() as u64;
                bytes_out += answer.body.len() as u64;
            }
            let stats = layer.stats();
            assert_eq!(stats.encoded(encoding), index as u64 + 1, "{arrival:?}");
            assert_eq!((stats.bytes_in, stats.bytes_out), (bytes_in, bytes_out));
        }
        let stats = layer.stats();
        assert_eq!(stats.encoded(Encoding::Identity), 0);
        assert_eq!(stats.aborted, 0);
        assert!(!stats.busy.is_zero());
        assert!(REASONS.iter().all(|&reason| stats.skipped(reason) == 0));
    }
}

#[tokio::test]
async fn what_was_left_alone_is_counted_by_reason() {
    let noise = || Reply::of("text/plain", corpus::random(4000, 6));
    for (reply, accept, reason) in [
        (Reply::page(), "identity", NotNegotiated),
        (Reply::page(), "", NotNegotiated),
        (Reply::page(), "gzip;q=0", NotNegotiated),
        (
            Reply::page().extension(CompressionHint::skip()),
            ANY,
            OptedOut,
        ),
        (Reply::page().status(206), ANY, Status),
        (Reply::of("text/html", "").status(204), ANY, Status),
        (Reply::of("text/html", "").status(304), ANY, Status),
        (
            Reply::page().field("content-range", "bytes 0-1/2"),
            ANY,
            Status,
        ),
        (
            Reply::page().field("content-encoding", "br"),
            ANY,
            AlreadyEncoded,
        ),
        (
            Reply::page().field("cache-control", "no-transform"),
            ANY,
            NoTransform,
        ),
        (Reply::of("image/png", vec![0; 4096]), ANY, Predicate),
        (Reply::page().untyped(), ANY, Predicate),
        (Reply::of("text/plain", "small"), ANY, TooSmall),
        (
            Reply::of("text/plain", "small").arrival(Arrival::Unsized),
            ANY,
            TooSmall,
        ),
        (
            Reply::of("text/plain", "").arrival(Arrival::Unsized),
            ANY,
            TooSmall,
        ),
        (noise(), ANY, NotSmaller),
        (noise().arrival(Arrival::Unsized), "gzip", NotSmaller),
    ] {
        let layer = CompressionLayer::new();
        ask(&layer, get(accept), &reply).await;
        let stats = layer.stats();
        for other in REASONS {
            let expected = u64::from(other == reason);
            assert_eq!(stats.skipped(other), expected, "{other:?} {reply:?}");
        }
        assert!(CODINGS.iter().all(|&encoding| stats.encoded(encoding) == 0));
        assert_eq!((stats.bytes_in, stats.bytes_out), (0, 0));
    }
}

#[tokio::test]
async fn a_head_counts_as_one() {
    let layer = CompressionLayer::new();
    let head = || request(Method::HEAD, &[("accept-encoding", ANY)]);
    ask(&layer, head(), &Reply::page()).await;
    assert_eq!(layer.stats().skipped(Head), 1);
    // Where the head decides, its reason is counted.
    ask(&layer, head(), &Reply::page().status(206)).await;
    let stats = layer.stats();
    assert_eq!((stats.skipped(Head), stats.skipped(Status)), (1, 1));
}

#[tokio::test]
async fn a_406_counts_as_that_alone() {
    let layer = CompressionLayer::new().not_acceptable(true);
    ask(&layer, get("*;q=0"), &Reply::page()).await;
    ask(&layer, get("compress, identity;q=0"), &Reply::page()).await;
    let stats = layer.stats();
    assert_eq!(stats.not_acceptable, 2);
    assert!(REASONS.iter().all(|&reason| stats.skipped(reason) == 0));
}

#[tokio::test]
async fn clones_and_services_of_a_layer_count_together() {
    let layer = CompressionLayer::new();
    let handler = || service::respond(|_: Request<()>| Reply::page().response());
    let (one, two) = (layer.layer(handler()), layer.clone().layer(handler()));
    let changed = layer.clone().encodings([Encoding::Gzip]).layer(handler());
    for response in [
        one.clone().oneshot(get("gzip")).await.unwrap(),
        one.oneshot(get("gzip")).await.unwrap(),
        two.oneshot(get("gzip")).await.unwrap(),
        changed.oneshot(get("gzip")).await.unwrap(),
    ] {
        receive(response, false).await;
    }
    assert_eq!(layer.stats().encoded(Encoding::Gzip), 4);
    assert_eq!(CompressionLayer::new().stats().encoded(Encoding::Gzip), 0);
}

/// Sends `body` through `layer` as text.
async fn respond(
    layer: &CompressionLayer,
    body: ScriptedBody,
) -> Response<buttress_compression::ResponseBody<ScriptedBody>> {
    let mut body = Some(body);
    let handler = service::respond(|_| {
        let mut response = Response::new(body.take().unwrap());
        let plain = "text/plain".parse().unwrap();
        response.headers_mut().insert("content-type", plain);
        response
    });
    layer.layer(handler).oneshot(get("gzip")).await.unwrap()
}

#[tokio::test]
async fn a_body_that_is_dropped_before_its_end_is_aborted() {
    let layer = CompressionLayer::new();
    let gate = Gate::new();
    let body = ScriptedBody::new().data("some").hold(&gate).data("more");
    let mut response = respond(&layer, body).await;
    response.frame().await.unwrap().unwrap();
    assert_eq!(layer.stats().aborted, 0);
    drop(response);
    let stats = layer.stats();
    assert_eq!((stats.aborted, stats.encoded(Encoding::Gzip)), (1, 1));
    assert_eq!(stats.bytes_in, 4);
}

#[tokio::test]
async fn a_body_that_is_never_polled_is_aborted_too() {
    let layer = CompressionLayer::new();
    let body = ScriptedBody::new().data("some").pause().data("more");
    drop(respond(&layer, body).await);
    assert_eq!(layer.stats().aborted, 1);
}

#[tokio::test]
async fn a_body_that_fails_is_aborted_and_one_that_ends_is_not() {
    let layer = CompressionLayer::new();
    let failing = ScriptedBody::new().data("some").pause().error("disk gone");
    let collected = collect(respond(&layer, failing).await.into_body()).await;
    assert!(collected.error.is_some());
    assert_eq!(layer.stats().aborted, 1);

    let whole = ScriptedBody::new().data("some").pause().data("more");
    receive(respond(&layer, whole).await, false).await;
    let stats = layer.stats();
    assert_eq!((stats.aborted, stats.encoded(Encoding::Gzip)), (1, 2));
}

#[test]
fn every_reason_has_a_word_of_its_own() {
    let mut words = REASONS.map(Skipped::as_str).to_vec();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), REASONS.len());
    assert!(
        words
            .iter()
            .all(|word| { word.chars().all(|c| c.is_ascii_lowercase() || c == '_') })
    );
}
