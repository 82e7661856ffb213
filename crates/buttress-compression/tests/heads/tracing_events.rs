//! One event for each response, at debug.

use crate::support::{ANY, Arrival, CODINGS, Reply, ask, get, request};
use buttress_compression::{CompressionHint, CompressionLayer};
use buttress_testing::{Capture, corpus};
use http::{Method, Request};
use tracing::Level;

const TARGET: &str = "buttress_compression";

/// The only event of an exchange.
async fn event(
    layer: &CompressionLayer,
    asked: Request<()>,
    reply: &Reply,
) -> (u64, CapturedEvent) {
    let capture = Capture::new();
    let guard = capture.install();
    let answer = ask(layer, asked, reply).await;
    drop(guard);
    let event = capture.only_event_of(TARGET);
    assert_eq!(event.level, Level::DEBUG);
    assert!(!event.message.is_empty());
    (answer.body.len() as u64, event)
}

type CapturedEvent = buttress_testing::capture::Event;

#[tokio::test]
async fn an_encoded_response_tells_its_coding_bytes_and_time() {
    for arrival in Arrival::ALL {
        for encoding in CODINGS {
            let reply = Reply::page().arrival(arrival);
            let asked = get(encoding.as_str());
            let (sent, event) = event(&CompressionLayer::new(), asked, &reply).await;
            assert_eq!(event.field("encoding"), Some(encoding.as_str()));
            let length = reply.data.len().to_string();
            assert_eq!(event.field("bytes_in"), Some(length.as_str()));
            let sent = sent.to_string();
            assert_eq!(event.field("bytes_out"), Some(sent.as_str()));
            let busy = event.field("busy_us").unwrap();
            assert!(busy.parse::<u64>().is_ok(), "{busy}");
            assert_eq!(event.field("reason"), None);
        }
    }
}

#[tokio::test]
async fn a_response_that_was_left_alone_tells_why() {
    for (reply, accept, reason) in [
        (Reply::page(), "identity", "not_negotiated"),
        (
            Reply::page().extension(CompressionHint::skip()),
            ANY,
            "opted_out",
        ),
        (Reply::page().status(206), ANY, "status"),
        (
            Reply::page().field("content-encoding", "br"),
            ANY,
            "already_encoded",
        ),
        (
            Reply::page().field("cache-control", "no-transform"),
            ANY,
            "no_transform",
        ),
        (Reply::of("image/png", vec![0; 4096]), ANY, "predicate"),
        (Reply::of("text/plain", "small"), ANY, "too_small"),
        (
            Reply::of("text/plain", corpus::random(4000, 6)),
            ANY,
            "not_smaller",
        ),
    ] {
        let (_, event) = event(&CompressionLayer::new(), get(accept), &reply).await;
        assert_eq!(event.field("reason"), Some(reason));
        assert_eq!(event.field("encoding"), None);
    }
    let head = request(Method::HEAD, &[("accept-encoding", ANY)]);
    let (_, event) = event(&CompressionLayer::new(), head, &Reply::page()).await;
    assert_eq!(event.field("reason"), Some("head"));
}

#[tokio::test]
async fn a_406_is_told_once() {
    let layer = CompressionLayer::new().not_acceptable(true);
    for accept in ["*;q=0", "compress, identity;q=0"] {
        let (_, event) = event(&layer, get(accept), &Reply::page()).await;
        assert!(event.message.contains("acceptable"));
    }
}

#[tokio::test]
async fn where_the_layer_stands_aside_it_is_silent() {
    let capture = Capture::new();
    let _guard = capture.install();
    let off = CompressionLayer::new().enabled(false);
    ask(&off, get(ANY), &Reply::page()).await;
    let connect = request(Method::CONNECT, &[("accept-encoding", ANY)]);
    ask(&CompressionLayer::new(), connect, &Reply::page()).await;
    assert!(capture.events_of(TARGET).is_empty());
}
