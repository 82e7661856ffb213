//! Responses that must not be changed, whatever the client accepts.

use crate::support::{ANY, Answer, Arrival, CODINGS, Reply, ask, get};
use buttress_compression::{CompressionHint, CompressionLayer, is_compressible};
use http::response::Parts;

/// Asks for every coding alone, and for all of them, and sees nothing changed.
async fn assert_never_encoded(layer: &CompressionLayer, reply: &Reply) {
    let alone = CODINGS.map(|encoding| encoding.as_str());
    for accept in alone.into_iter().chain([ANY, "*", "identity;q=0, *"]) {
        let answer = ask(layer, get(accept), reply).await;
        answer.assert_untouched(reply);
    }
}

async fn encoded(layer: &CompressionLayer, reply: &Reply) -> Answer {
    let answer = ask(layer, get("gzip"), reply).await;
    assert_eq!(answer.coding(), "gzip", "{reply:?}");
    assert_eq!(answer.decoded(), reply.data);
    answer
}

#[tokio::test]
async fn no_transform_is_obeyed_in_whatever_form() {
    for lines in [
        &["no-transform"][..],
        &["No-Transform"],
        &["NO-TRANSFORM"],
        &["public, no-transform"],
        &["no-transform, max-age=60"],
        &["public,no-transform,max-age=60"],
        &["public ,\tno-transform\t, max-age=60"],
        &["max-age=60", "no-transform"],
        &["no-transform", "max-age=60"],
        &["public", "max-age=60, No-Transform"],
        &["", "no-transform"],
        &[",,no-transform,,"],
        // It has no argument; who gives it one means it none the less.
        &["no-transform=1"],
        &["no-transform=\"\""],
        &["public, no-transform=true, max-age=60"],
        &["no-transform = x"],
    ] {
        for arrival in Arrival::ALL {
            let page = Reply::page().arrival(arrival);
            let reply = lines
                .iter()
                .fold(page, |reply, line| reply.field("cache-control", line));
            assert_never_encoded(&CompressionLayer::new(), &reply).await;
        }
    }
}

#[tokio::test]
async fn other_directives_do_not_stand_for_no_transform() {
    for line in [
        "no-transformer",
        "x-no-transform",
        "no-store",
        "no_transform",
        "max-age=60, public",
        "no transform",
        "ext=no-transform",
        "",
    ] {
        let reply = Reply::page().field("cache-control", line);
        encoded(&CompressionLayer::new(), &reply).await;
    }
    // Only in the one field that it belongs to.
    for name in ["pragma", "surrogate-control", "cdn-cache-control"] {
        let reply = Reply::page().field(name, "no-transform");
        encoded(&CompressionLayer::new(), &reply).await;
    }
}

#[tokio::test]
async fn statuses_without_content_of_their_own_gain_nothing() {
    for status in [100, 101, 102, 103, 199, 204, 205] {
        for arrival in [Arrival::Sized, Arrival::Unsized] {
            let empty = Reply::of("text/html", "").status(status).arrival(arrival);
            let layer = CompressionLayer::new().min_size(0);
            assert_never_encoded(&layer, &empty).await;
            assert_never_encoded(&layer, &empty.untyped()).await;
        }
    }
}

#[tokio::test]
async fn an_empty_304_gains_no_coding_and_no_length() {
    for arrival in [Arrival::Sized, Arrival::Unsized] {
        let reply = Reply::of("text/html", "").status(304).arrival(arrival);
        let layer = CompressionLayer::new().min_size(0);
        let answer = ask(&layer, get("identity;q=0, gzip"), &reply).await;
        assert_eq!(answer.head.status, 304);
        assert!(!answer.has("content-encoding") && !answer.has("content-length"));
        assert!(answer.body.is_empty());
    }
}

#[tokio::test]
async fn an_empty_200_gains_no_coding() {
    let layer = CompressionLayer::new().min_size(0);
    let empty = Reply::of("text/html", "").field("etag", "\"v1\"");
    assert_never_encoded(&layer, &empty).await;
    let declared = empty.clone().field("content-length", "0");
    assert_never_encoded(&layer, &declared.arrival(Arrival::Unsized)).await;
    for accept in [ANY, "identity;q=0, gzip"] {
        let sniffed = empty.clone().arrival(Arrival::Unsized);
        let answer = ask(&layer, get(accept), &sniffed).await;
        assert_eq!(answer.head.status, 200);
        assert_eq!(answer.coding(), "identity");
        assert!(answer.body.is_empty());
    }
}

#[tokio::test]
async fn parts_stay_what_they_are() {
    let ranges = "multipart/byteranges; boundary=THIS_STRING_SEPARATES";
    for arrival in Arrival::ALL {
        for reply in [
            Reply::page().status(206),
            Reply::page()
                .status(206)
                .field("content-range", "bytes 0-8191/20000"),
            Reply::of(ranges, Reply::page().data).status(206),
            Reply::of("Multipart/ByteRanges", Reply::page().data).status(206),
            // Whatever the status, the content is a part.
            Reply::page().field("content-range", "bytes 0-8191/20000"),
            Reply::page()
                .status(416)
                .field("content-range", "bytes */20000"),
        ] {
            let everything = CompressionLayer::new().predicate(|_: &Parts| true);
            let reply = reply.arrival(arrival);
            assert_never_encoded(&CompressionLayer::new(), &reply).await;
            assert_never_encoded(&everything, &reply).await;
        }
    }
}

#[tokio::test]
async fn what_is_encoded_already_is_not_encoded_again() {
    for coding in [
        "gzip", "br", "zstd", "GZIP", "identity", "x-own", "", "gzip, br",
    ] {
        for arrival in Arrival::ALL {
            let reply = Reply::page()
                .arrival(arrival)
                .field("content-encoding", coding)
                .field("etag", "\"v1\"");
            assert_never_encoded(&CompressionLayer::new(), &reply).await;
        }
    }
}

#[tokio::test]
async fn a_layer_around_a_layer_finds_nothing_left_to_do() {
    use crate::support::receive;
    use buttress_testing::service;
    use tower::{Layer, ServiceExt};

    let reply = Reply::page().field("etag", "\"v1\"");
    let handler = service::respond(|_| reply.response());
    let (inner, outer) = (CompressionLayer::new(), CompressionLayer::new());
    let stacked = outer.layer(inner.layer(handler));
    let answer = receive(stacked.oneshot(get("gzip")).await.unwrap(), false).await;
    assert_eq!(answer.decoded(), reply.data);
    assert_eq!(answer.vary_count(), 1);
    assert_eq!(answer.etag(), Some("W/\"v1\""));
}

#[tokio::test]
async fn size_counts_from_the_minimum_on() {
    let text = |length: usize| Reply::of("text/plain", "a".repeat(length));
    let layer = CompressionLayer::new();
    assert_never_small(&layer, &text(1023)).await;
    encoded(&layer, &text(1024)).await;
    encoded(&layer, &text(1024).arrival(Arrival::Unsized)).await;

    let layer = CompressionLayer::new().min_size(100);
    assert_never_small(&layer, &text(99)).await;
    encoded(&layer, &text(100)).await;

    let layer = CompressionLayer::new().min_size(0);
    encoded(&layer, &text(60)).await;
    let layer = CompressionLayer::new().min_size(u64::MAX);
    assert_never_small(&layer, &text(50_000)).await;
}

/// Untouched where the size is known, and with its length where it is sniffed.
async fn assert_never_small(layer: &CompressionLayer, reply: &Reply) {
    let answer = ask(layer, get(ANY), reply).await;
    answer.assert_untouched(reply);
    let sniffed = reply.clone().arrival(Arrival::Unsized);
    let answer = ask(layer, get(ANY), &sniffed).await;
    assert_eq!((answer.coding(), &answer.body), ("identity", &reply.data));
    assert!(answer.has("content-length"));
}

#[tokio::test]
async fn a_declared_length_counts_as_known() {
    for arrival in Arrival::ALL {
        let small = Reply::of("text/plain", "hello")
            .arrival(arrival)
            .field("content-length", "5");
        let answer = ask(&CompressionLayer::new(), get(ANY), &small).await;
        answer.assert_untouched(&small);
    }
}

#[tokio::test]
async fn a_predicate_of_the_app_replaces_the_media_types() {
    let layer = CompressionLayer::new().predicate(|head: &Parts| {
        is_compressible(&head.headers) && !head.headers.contains_key("x-secret")
    });
    encoded(&layer, &Reply::page()).await;
    assert_never_encoded(&layer, &Reply::page().field("x-secret", "1")).await;
    assert_never_encoded(&layer, &Reply::of("image/png", vec![0; 4096])).await;

    let layer = CompressionLayer::new().predicate(|head: &Parts| head.status == 200);
    encoded(&layer, &Reply::of("image/png", vec![0; 4096])).await;
    encoded(&layer, &Reply::page().untyped()).await;
    assert_never_encoded(&layer, &Reply::page().status(404)).await;
}

#[tokio::test]
async fn a_predicate_is_not_heard_against_the_rules() {
    let layer = CompressionLayer::new()
        .predicate(|_: &Parts| true)
        .min_size(0);
    for reply in [
        Reply::page().field("cache-control", "no-transform"),
        Reply::page().field("content-encoding", "identity"),
        Reply::page().status(206),
        Reply::page().extension(CompressionHint::skip()),
        Reply::of("text/html", "").status(204),
    ] {
        assert_never_encoded(&layer, &reply).await;
    }
}

#[tokio::test]
async fn errors_and_unusual_statuses_are_encoded_as_successes_are() {
    for status in [
        200, 201, 202, 203, 226, 300, 302, 400, 404, 418, 500, 503, 599, 999,
    ] {
        encoded(&CompressionLayer::new(), &Reply::page().status(status)).await;
    }
}
