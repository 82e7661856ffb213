//! What a handler asks for in its response's extensions.

use crate::support::{ANY, Arrival, CODINGS, Reply, ask, get};
use buttress_compression::{CompressionHint, CompressionLayer, Encoding, Flush, Level};
use buttress_testing::{Gate, ScriptedBody, corpus, decode, service};
use bytes::Bytes;
use futures_util::FutureExt;
use http_body_util::BodyExt;
use tower::{Layer, ServiceExt};

#[tokio::test]
async fn skip_leaves_the_response_as_it_is() {
    for arrival in Arrival::ALL {
        let reply = Reply::page()
            .arrival(arrival)
            .field("etag", "\"v1\"")
            .field("accept-ranges", "bytes")
            .field("content-md5", "eA==")
            .extension(CompressionHint::skip());
        for accept in [ANY, "gzip, identity;q=0", "identity", "*;q=0"] {
            let answer = ask(&CompressionLayer::new(), get(accept), &reply).await;
            answer.assert_untouched(&reply);
        }
    }
}

#[tokio::test]
async fn skip_stands_whatever_else_is_asked_for() {
    let hint = CompressionHint::skip()
        .level(Level::Exact(9))
        .flush(Flush::EveryFrame)
        .once();
    let reply = Reply::page().extension(hint);
    let answer = ask(&CompressionLayer::new(), get(ANY), &reply).await;
    answer.assert_untouched(&reply);
}

#[tokio::test]
async fn a_hint_that_asks_for_nothing_changes_nothing() {
    for encoding in CODINGS {
        let accept = encoding.as_str();
        let plain = ask(&CompressionLayer::new(), get(accept), &Reply::page()).await;
        let reply = Reply::page().extension(CompressionHint::new());
        let hinted = ask(&CompressionLayer::new(), get(accept), &reply).await;
        assert_eq!(plain.body, hinted.body);
        assert_eq!(plain.head.headers, hinted.head.headers);
    }
}

fn large() -> Reply {
    Reply::of("text/html", corpus::html(60 << 10))
}

/// The size of the large page in this coding.
async fn size(layer: &CompressionLayer, encoding: Encoding, reply: &Reply) -> usize {
    let answer = ask(layer, get(encoding.as_str()), reply).await;
    answer.assert_encoded(encoding, reply);
    answer.body.len()
}

#[tokio::test]
async fn the_level_of_a_response_goes_before_the_layer_s() {
    for encoding in CODINGS {
        let low = CompressionLayer::new().level(encoding, Level::Exact(1));
        let high = CompressionLayer::new().level(encoding, Level::Exact(9));
        for arrival in Arrival::ALL {
            let reply = large().arrival(arrival);
            let hinted = |level| {
                let hint = CompressionHint::new().level(Level::Exact(level));
                reply.clone().extension(hint)
            };
            let (small, large) = (
                size(&high, encoding, &reply).await,
                size(&low, encoding, &reply).await,
            );
            assert!(small < large, "{encoding} {arrival:?}: {small} {large}");
            assert_eq!(size(&low, encoding, &hinted(9)).await, small);
            assert_eq!(size(&high, encoding, &hinted(1)).await, large);
        }
    }
}

#[tokio::test]
async fn a_level_is_set_for_one_coding_alone() {
    let layer = CompressionLayer::new().level(Encoding::Gzip, Level::Exact(1));
    for encoding in CODINGS {
        let set = size(&layer, encoding, &large()).await;
        let default = size(&CompressionLayer::new(), encoding, &large()).await;
        assert_eq!(set != default, encoding == Encoding::Gzip, "{encoding}");
    }
}

#[tokio::test]
async fn levels_beyond_a_coding_s_scale_are_moved_to_its_ends() {
    let ends = [
        (Encoding::Gzip, 0, 9),
        (Encoding::Deflate, 0, 9),
        (Encoding::Br, 0, 11),
        (Encoding::Zstd, 1, 22),
    ];
    // Forced, since level 0 of gzip stores the body as it is.
    let at = |encoding: Encoding, level: i32| async move {
        let layer = CompressionLayer::new().level(encoding, Level::Exact(level));
        let accept = format!("{encoding}, identity;q=0");
        let answer = ask(&layer, get(&accept), &Reply::page()).await;
        answer.assert_encoded(encoding, &Reply::page());
        answer.body
    };
    for (encoding, lowest, highest) in ends {
        for low in [lowest - 1, -100, i32::MIN] {
            assert_eq!(
                at(encoding, low).await,
                at(encoding, lowest).await,
                "{encoding} {low}"
            );
        }
        for high in [highest + 1, 100, i32::MAX] {
            assert_eq!(
                at(encoding, high).await,
                at(encoding, highest).await,
                "{encoding} {high}"
            );
        }
    }
}

#[tokio::test]
async fn balanced_is_the_default_and_fast_makes_larger_bodies() {
    for encoding in CODINGS {
        let fast = CompressionLayer::new().level(encoding, Level::Fast);
        let balanced = CompressionLayer::new().level(encoding, Level::Balanced);
        let default = size(&CompressionLayer::new(), encoding, &large()).await;
        assert_eq!(size(&balanced, encoding, &large()).await, default);
        assert!(
            size(&fast, encoding, &large()).await > default,
            "{encoding}"
        );
    }
}

/// What a client can read of the first chunk while the second is held back.
async fn readable_at_the_pause(
    layer: &CompressionLayer,
    hint: CompressionHint,
    content_type: &str,
    encoding: Encoding,
) -> Vec<u8> {
    let gate = Gate::new();
    let body = ScriptedBody::new()
        .data("first chunk")
        .hold(&gate)
        .data("second chunk");
    let mut body = Some(body);
    let handler = service::respond(|_| {
        let mut response = http::Response::new(body.take().unwrap());
        let content_type = content_type.parse().unwrap();
        response.headers_mut().insert("content-type", content_type);
        response.extensions_mut().insert(hint);
        response
    });
    let asked = get(encoding.as_str());
    let response = layer.layer(handler).oneshot(asked).await.unwrap();
    let mut body = response.into_body();
    let mut sent = Vec::new();
    while let Some(frame) = body.frame().now_or_never() {
        sent.extend_from_slice(&frame.unwrap().unwrap().into_data().unwrap());
    }
    gate.open();
    let early = decode::decode_prefix(encoding.as_str(), &sent).unwrap();
    let rest: Bytes = body.collect().await.unwrap().to_bytes();
    sent.extend_from_slice(&rest);
    let all = decode::decode(encoding.as_str(), &sent).unwrap();
    assert_eq!(all, b"first chunksecond chunk");
    early
}

#[tokio::test]
async fn the_flush_of_a_response_goes_before_the_layer_s_and_the_head_s() {
    let every = CompressionHint::new().flush(Flush::EveryFrame);
    let never = CompressionHint::new().flush(Flush::Never);
    let (patient, eager) = (
        CompressionLayer::new().flush(Flush::Never),
        CompressionLayer::new().flush(Flush::EveryFrame),
    );
    for encoding in CODINGS {
        for (layer, hint, content_type, expected) in [
            (&patient, CompressionHint::new(), "text/html", &b""[..]),
            (&patient, every, "text/html", b"first chunk"),
            (&eager, CompressionHint::new(), "text/html", b"first chunk"),
            (&eager, never, "text/html", b""),
            (
                &patient,
                CompressionHint::new(),
                "Text/Event-Stream",
                b"first chunk",
            ),
            (&eager, never, "text/event-stream", b""),
        ] {
            let early = readable_at_the_pause(layer, hint, content_type, encoding).await;
            assert_eq!(early, expected, "{encoding} {hint:?} {content_type}");
        }
    }
}
