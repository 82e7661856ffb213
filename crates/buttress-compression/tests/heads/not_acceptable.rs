//! The 406 policy: off by default, ahead of the handler where it can be, and
//! never in the place of an answer that says more.

use crate::support::{Answer, Arrival, CODINGS, Reply, get, receive, request};
use buttress_compression::{CompressionHint, CompressionLayer, Encoding};
use buttress_testing::{
    ScriptedBody,
    service::{self, Counted},
};
use bytes::Bytes;
use http::{Method, Request};
use tower::{Layer, ServiceExt};

/// Refusals of everything that there is.
const OF_EVERYTHING: [&str; 6] = [
    "*;q=0",
    "identity;q=0",
    "identity;q=0, gzip;q=0, *;q=0.0",
    "gzip;q=0, x-gzip, identity;q=0",
    "*;q=0, br;q=0, compress;q=0",
    " , *;Q=0.000 , ",
];

/// Refusals of identity and of every coding that is on offer.
const OF_WHAT_IS_OFFERED: [&str; 3] = [
    "compress, identity;q=0",
    "*;q=0, x-own;q=0.1",
    "identity;q=0, zstd;q=0, br;q=0, gzip;q=0, deflate;q=0, *",
];

fn strict() -> CompressionLayer {
    CompressionLayer::new().not_acceptable(true)
}

/// The answer, and how often the handler ran for it.
async fn count(layer: &CompressionLayer, asked: Request<()>, reply: &Reply) -> (Answer, usize) {
    let is_head = asked.method() == Method::HEAD;
    let handler = Counted::new(service::respond(|_: Request<()>| reply.response()));
    let calls = handler.calls();
    let response = layer.layer(handler).oneshot(asked).await.unwrap();
    (receive(response, is_head).await, calls.count())
}

#[tokio::test]
async fn the_handler_does_not_run_for_a_client_that_refuses_everything() {
    for accept in OF_EVERYTHING {
        for method in [Method::GET, Method::HEAD, Method::POST] {
            for reply in [Reply::page(), Reply::page().status(500)] {
                let asked = request(method.clone(), &[("accept-encoding", accept)]);
                let (answer, calls) = count(&strict(), asked, &reply).await;
                assert_eq!(answer.head.status, 406, "{accept:?}");
                assert_eq!(calls, 0, "{accept:?}");
                assert!(answer.varies());
            }
        }
    }
}

#[tokio::test]
async fn where_only_the_answer_can_tell_it_is_replaced_afterwards() {
    for accept in OF_WHAT_IS_OFFERED {
        for arrival in Arrival::ALL {
            let reply = Reply::page().arrival(arrival);
            let (answer, calls) = count(&strict(), get(accept), &reply).await;
            assert_eq!(answer.head.status, 406, "{accept:?}");
            assert_eq!(calls, 1);
        }
    }
}

#[tokio::test]
async fn it_says_what_is_on_offer_in_a_readable_form() {
    let layer = strict().encodings([Encoding::Br, Encoding::Gzip]);
    for accept in ["*;q=0", "compress, identity;q=0", "identity;q=0, zstd"] {
        let (answer, _) = count(&layer, get(accept), &Reply::page()).await;
        assert_eq!(answer.head.status, 406);
        assert_eq!(answer.coding(), "identity");
        let content_type = answer.header("content-type").unwrap();
        assert!(content_type.starts_with("text/plain"));
        let text = std::str::from_utf8(&answer.body).unwrap();
        assert!(text.contains("br, gzip"), "{text}");
        assert!(!text.contains("zstd"), "{text}");
        // Nothing of the answer that it stands for.
        assert!(!answer.has("etag") && answer.vary_count() == 1);
    }
}

#[tokio::test]
async fn the_body_of_a_replaced_answer_is_dropped_unpolled() {
    let body = ScriptedBody::new().data(Reply::page().data);
    let probe = body.probe();
    let mut body = Some(body);
    let handler = service::respond(|_| {
        let mut response = http::Response::new(body.take().unwrap());
        let html = "text/html".parse().unwrap();
        response.headers_mut().insert("content-type", html);
        response
    });
    let asked = get("compress, identity;q=0");
    let response = strict().layer(handler).oneshot(asked).await.unwrap();
    assert_eq!(response.status(), 406);
    assert!(probe.is_dropped());
    assert_eq!(probe.polls(), 0);
}

#[tokio::test]
async fn an_error_stays_the_error_that_it_is() {
    for accept in OF_WHAT_IS_OFFERED {
        for status in [301, 302, 400, 401, 404, 405, 416, 429, 500, 502, 503] {
            let reply = Reply::page().status(status).field("x-own", "1");
            let (answer, calls) = count(&strict(), get(accept), &reply).await;
            assert_eq!(answer.head.status, status, "{accept:?}");
            assert_eq!(answer.header("x-own"), Some("1"));
            assert_eq!((answer.coding(), &answer.body), ("identity", &reply.data));
            assert_eq!(calls, 1);
        }
    }
}

#[tokio::test]
async fn an_answer_that_somebody_else_encoded_stays() {
    for accept in ["compress, identity;q=0", "*;q=0, x-own;q=0.1"] {
        for coding in ["compress", "x-own", "br"] {
            let reply = Reply::page().field("content-encoding", coding);
            let (answer, _) = count(&strict(), get(accept), &reply).await;
            answer.assert_untouched(&reply);
        }
    }
}

#[tokio::test]
async fn an_answer_without_content_stays() {
    let empty = |status| Reply::of("text/html", Bytes::new()).status(status);
    let mut replies = vec![
        empty(200),
        empty(201).field("content-length", "0"),
        Reply::of("image/png", Bytes::new()),
    ];
    for status in [101, 204, 205, 304] {
        replies.extend([empty(status), empty(status).arrival(Arrival::Unsized)]);
    }
    for reply in replies {
        for accept in ["compress, identity;q=0", "identity;q=0, gzip"] {
            let (answer, _) = count(&strict(), get(accept), &reply).await;
            let expected = reply.response().status();
            assert_eq!(answer.head.status, expected, "{accept:?} {reply:?}");
            assert!(answer.body.is_empty());
        }
    }
    // Nobody knows before polling, and polling shows that nothing is there.
    let unsized_reply = empty(200).arrival(Arrival::Unsized);
    let (answer, _) = count(&strict(), get("identity;q=0, gzip"), &unsized_reply).await;
    assert_eq!(answer.head.status, 200);
}

#[tokio::test]
async fn a_part_of_an_answer_stays() {
    let reply = Reply::page()
        .status(206)
        .field("content-range", "bytes 0-9/20");
    let (answer, _) = count(&strict(), get("gzip, identity;q=0"), &reply).await;
    answer.assert_untouched(&reply);
}

#[tokio::test]
async fn what_cannot_be_encoded_is_not_acceptable_without_identity() {
    for encoding in CODINGS {
        let accept = format!("{encoding}, identity;q=0");
        for reply in [
            Reply::of("image/png", vec![0; 4096]),
            Reply::page().field("cache-control", "no-transform"),
            Reply::page().extension(CompressionHint::skip()),
        ] {
            let (answer, calls) = count(&strict(), get(&accept), &reply).await;
            assert_eq!((answer.head.status.as_u16(), calls), (406, 1), "{reply:?}");
        }
    }
}

#[tokio::test]
async fn a_client_that_takes_something_is_served() {
    for (accept, coding) in [
        ("gzip, identity;q=0", "gzip"),
        ("*;q=0, br", "br"),
        ("*;q=0, identity", "identity"),
        ("compress", "identity"),
        ("gzip;q=0", "identity"),
        ("", "identity"),
        ("identity;q=0, *;q=0.1", "zstd"),
        // Malformed, so nothing is refused.
        ("identity;q=-1, *;q=2", "identity"),
    ] {
        let (answer, calls) = count(&strict(), get(accept), &Reply::page()).await;
        assert_eq!(answer.head.status, 200, "{accept:?}");
        assert_eq!((answer.coding(), calls), (coding, 1), "{accept:?}");
    }
    let (answer, _) = count(&strict(), Request::new(()), &Reply::page()).await;
    assert_eq!(answer.head.status, 200);
}

#[tokio::test]
async fn without_the_policy_nobody_gets_a_406() {
    for layer in [CompressionLayer::new(), strict().not_acceptable(false)] {
        for accept in OF_EVERYTHING.into_iter().chain(OF_WHAT_IS_OFFERED) {
            let (answer, calls) = count(&layer, get(accept), &Reply::page()).await;
            assert_eq!((answer.head.status.as_u16(), calls), (200, 1), "{accept:?}");
            assert_eq!(answer.coding(), "identity");
        }
    }
}

#[tokio::test]
async fn a_layer_that_offers_nothing_can_still_refuse() {
    let layer = strict().encodings([]);
    let (answer, calls) = count(&layer, get("*;q=0"), &Reply::page()).await;
    assert_eq!((answer.head.status.as_u16(), calls), (406, 0));
    let (answer, _) = count(&layer, get("gzip, identity;q=0"), &Reply::page()).await;
    assert_eq!(answer.head.status, 406);
    // The answer depends on the field, so it says so.
    let (answer, _) = count(&layer, get("gzip"), &Reply::page()).await;
    assert_eq!((answer.head.status.as_u16(), answer.varies()), (200, true));
}
