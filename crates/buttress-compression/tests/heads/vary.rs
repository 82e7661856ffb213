//! `Vary: Accept-Encoding` stands wherever the answer depends on the field, and
//! nowhere else.

use crate::support::{ANY, Arrival, CODINGS, Reply, ask, get, request};
use buttress_compression::{CompressionHint, CompressionLayer};
use http::{Method, Request, header::VARY};

#[tokio::test]
async fn it_stands_on_encoded_answers_of_every_kind() {
    for arrival in Arrival::ALL {
        for encoding in CODINGS {
            let reply = Reply::page().arrival(arrival);
            let answer = ask(&CompressionLayer::new(), get(encoding.as_str()), &reply).await;
            answer.assert_encoded(encoding, &reply);
            assert_eq!(answer.vary_count(), 1, "{arrival:?} {encoding}");
        }
    }
}

#[tokio::test]
async fn it_stands_on_identity_that_could_have_been_encoded() {
    for arrival in Arrival::ALL {
        let reply = Reply::page().arrival(arrival);
        for accept in ["identity", "", "*;q=0", "compress", "gzip;q=0"] {
            let answer = ask(&CompressionLayer::new(), get(accept), &reply).await;
            assert_eq!(answer.coding(), "identity", "{accept:?}");
            assert_eq!(answer.vary_count(), 1, "{accept:?}");
        }
        let answer = ask(&CompressionLayer::new(), Request::new(()), &reply).await;
        assert_eq!(answer.vary_count(), 1);
    }
}

#[tokio::test]
async fn it_stands_on_a_body_that_only_polling_showed_to_be_small() {
    let reply = Reply::of("text/plain", "hello").arrival(Arrival::Unsized);
    let answer = ask(&CompressionLayer::new(), get(ANY), &reply).await;
    assert_eq!(answer.coding(), "identity");
    assert!(answer.varies());
}

#[tokio::test]
async fn it_stands_on_errors_as_on_successes() {
    for status in [200, 201, 400, 404, 410, 422, 500, 503] {
        let reply = Reply::page().status(status);
        for accept in ["gzip", "identity"] {
            let answer = ask(&CompressionLayer::new(), get(accept), &reply).await;
            assert!(answer.varies(), "{status} {accept}");
        }
    }
}

#[tokio::test]
async fn it_stands_on_a_304_whatever_the_client_accepts() {
    let bare = Reply::of("text/html", "").status(304).untyped();
    let typed = Reply::of("text/html", "").status(304);
    for reply in [bare, typed] {
        for reply in [reply.clone(), reply.arrival(Arrival::Unsized)] {
            for accept in ["gzip", "identity", "", "*;q=0"] {
                let answer = ask(&CompressionLayer::new(), get(accept), &reply).await;
                assert_eq!(answer.vary_count(), 1, "{accept:?} {reply:?}");
                assert!(!answer.has("content-encoding"));
                assert!(!answer.has("content-length"));
            }
            let answer = ask(&CompressionLayer::new(), Request::new(()), &reply).await;
            assert_eq!(answer.vary_count(), 1);
        }
    }
}

#[tokio::test]
async fn a_field_that_merely_contains_the_name_does_not_hide_it() {
    for other in [
        "X-Accept-Encoding-Hint",
        "Accept-Encoding-Hint",
        "X-Accept-Encoding",
        "accept, encoding",
        "Accept_Encoding",
        "accept-encodings",
        "\"Accept-Encoding\"",
        "Origin, X-Accept-Encoding-Hint",
        "",
        ",",
        "Accept",
        "**",
    ] {
        for accept in ["gzip", "identity"] {
            let reply = Reply::page().field("vary", other);
            let answer = ask(&CompressionLayer::new(), get(accept), &reply).await;
            assert_eq!(answer.vary_count(), 1, "{other:?}");
            let kept = answer.head.headers.get_all(VARY).iter();
            assert!(kept.into_iter().any(|line| line == other), "{other:?}");
        }
    }
}

#[tokio::test]
async fn it_is_not_said_twice() {
    for lines in [
        &["Accept-Encoding"][..],
        &["accept-encoding"],
        &["ACCEPT-ENCODING"],
        &["Origin, Accept-Encoding"],
        &["Origin,\taccept-encoding ,Cookie"],
        &["Origin", "Accept-Encoding"],
        &["Accept-Encoding", "Origin"],
    ] {
        let reply = lines
            .iter()
            .fold(Reply::page(), |reply, line| reply.field("vary", line));
        for accept in ["gzip", "identity"] {
            let answer = ask(&CompressionLayer::new(), get(accept), &reply).await;
            let after: Vec<_> = answer.head.headers.get_all(VARY).iter().collect();
            assert_eq!(after, lines);
        }
    }
}

#[tokio::test]
async fn a_star_says_it_already() {
    for lines in [
        &["*"][..],
        &["Origin, *"],
        &["Origin", "*"],
        &[" * , Cookie"],
    ] {
        let reply = lines
            .iter()
            .fold(Reply::page(), |reply, line| reply.field("vary", line));
        let answer = ask(&CompressionLayer::new(), get("gzip"), &reply).await;
        assert_eq!(answer.coding(), "gzip");
        assert_eq!(answer.vary_count(), 0, "{lines:?}");
    }
}

#[tokio::test]
async fn lines_of_the_handler_stay() {
    let reply = Reply::page()
        .field("vary", "Origin")
        .field("vary", "Cookie");
    let answer = ask(&CompressionLayer::new(), get("gzip"), &reply).await;
    let lines: Vec<_> = answer.head.headers.get_all(VARY).iter().collect();
    assert_eq!(lines, ["Origin", "Cookie", "accept-encoding"]);
}

/// Answers that no request gets encoded.
fn never_negotiated() -> Vec<Reply> {
    vec![
        Reply::of("image/png", vec![0; 4096]),
        Reply::page().untyped(),
        Reply::of("text/plain", "small and known to be"),
        Reply::page().field("cache-control", "no-transform"),
        Reply::page().field("content-encoding", "br"),
        Reply::page().field("content-range", "bytes 0-8191/9000"),
        Reply::page().status(206),
        Reply::of("text/html", "").status(204),
        Reply::of("text/html", "").status(205),
        Reply::of("text/html", "").status(101),
        Reply::page().extension(CompressionHint::skip()),
    ]
}

#[tokio::test]
async fn it_does_not_stand_where_negotiation_was_never_possible() {
    for reply in never_negotiated() {
        for accept in [ANY, "identity", "", "*"] {
            let answer = ask(&CompressionLayer::new(), get(accept), &reply).await;
            answer.assert_untouched(&reply);
        }
        let answer = ask(&CompressionLayer::new(), Request::new(()), &reply).await;
        answer.assert_untouched(&reply);
        let head = request(Method::HEAD, &[("accept-encoding", ANY)]);
        let answer = ask(&CompressionLayer::new(), head, &reply).await;
        assert!(!answer.varies(), "{reply:?}");
    }
}

#[tokio::test]
async fn a_304_in_place_of_an_answer_that_is_never_encoded_has_none_either() {
    let validated = || {
        Reply::of("text/html", "")
            .status(304)
            .field("etag", "\"v1\"")
    };
    for reply in [
        Reply::of("image/png", "")
            .status(304)
            .field("etag", "\"v1\""),
        validated().field("cache-control", "no-transform"),
        validated().field("content-encoding", "br"),
        validated().extension(CompressionHint::skip()),
        validated().untyped().extension(CompressionHint::skip()),
        validated()
            .untyped()
            .field("cache-control", "max-age=5, No-Transform"),
    ] {
        for accept in [ANY, "identity"] {
            let answer = ask(&CompressionLayer::new(), get(accept), &reply).await;
            answer.assert_untouched(&reply);
        }
    }
}

#[tokio::test]
async fn a_layer_that_offers_nothing_touches_nothing() {
    let layer = CompressionLayer::new().encodings([]);
    let modified = Reply::page().field("etag", "\"v1\"");
    let not_modified = Reply::of("text/html", "")
        .status(304)
        .field("etag", "\"v1\"");
    for reply in [modified, not_modified] {
        for accept in [ANY, "identity", "identity;q=0, *"] {
            ask(&layer, get(accept), &reply)
                .await
                .assert_untouched(&reply);
        }
    }
}
