//! The answer to `HEAD` has the head of the answer to `GET`, as far as a head
//! alone can tell.

use crate::support::{ANY, Arrival, Reply, ask, request};
use buttress_compression::{CompressionHint, CompressionLayer, EtagPolicy};
use buttress_testing::{ScriptedBody, corpus, service};
use http::{Method, Request, Response};
use http_body::Body;
use tower::{Layer, ServiceExt};

fn head(accept: &str) -> Request<()> {
    request(Method::HEAD, &[("accept-encoding", accept)])
}

fn replies() -> Vec<Reply> {
    let page = || Reply::page().field("etag", "\"v1\"");
    let length = page().data.len().to_string();
    let noise = Reply::of("text/plain", corpus::random(4000, 2)).field("etag", "\"v1\"");
    let small = Reply::of("text/plain", "hello").field("etag", "\"v1\"");
    let mut replies = vec![
        page(),
        page().field("content-length", &length),
        page().status(404),
        page().status(206),
        page().field("vary", "Origin, Accept-Encoding"),
        page().field("vary", "*"),
        page().field("cache-control", "no-transform"),
        page().field("content-encoding", "br"),
        page().extension(CompressionHint::skip()),
        Reply::page().field("etag", "W/\"v1\""),
        Reply::page().field("etag", "v1"),
        Reply::page(),
        Reply::of("image/png", vec![0; 4096]).field("etag", "\"v1\""),
        small.clone(),
        small.clone().field("content-length", "5"),
        noise.clone(),
        Reply::of("text/html", "")
            .status(304)
            .field("etag", "\"v1\""),
        Reply::of("text/html", "")
            .status(204)
            .field("etag", "\"v1\""),
    ];
    for arrival in [Arrival::Unsized, Arrival::Streamed] {
        replies.extend([page().arrival(arrival), noise.clone().arrival(arrival)]);
        replies.push(small.clone().arrival(arrival));
    }
    replies
}

#[tokio::test]
async fn vary_and_etag_are_those_of_the_answer_to_get() {
    let policies = [
        EtagPolicy::Weaken,
        EtagPolicy::Suffix,
        EtagPolicy::Remove,
        EtagPolicy::Keep,
    ];
    let accepts = [ANY, "gzip", "identity", "", "gzip, identity;q=0", "*;q=0"];
    for policy in policies {
        let layer = CompressionLayer::new().etag(policy);
        for reply in replies() {
            for accept in accepts {
                let got = ask(&layer, crate::support::get(accept), &reply).await;
                let headed = ask(&layer, head(accept), &reply).await;
                let context = format!("{policy:?} {accept:?} {reply:?}");
                assert_eq!(headed.head.status, got.head.status, "{context}");
                assert_eq!(headed.etag(), got.etag(), "{context}");
                assert_eq!(headed.header("vary"), got.header("vary"), "{context}");
            }
        }
    }
}

#[tokio::test]
async fn where_the_body_decides_neither_coding_nor_length_is_promised() {
    for reply in [
        Reply::page(),
        Reply::page().field("content-length", "8192"),
        Reply::page().arrival(Arrival::Unsized),
        // Of an eligible type, and perhaps small: nobody looks.
        Reply::of("text/plain", "hello").arrival(Arrival::Unsized),
    ] {
        for accept in [ANY, "gzip", "gzip, identity;q=0"] {
            let answer = ask(&CompressionLayer::new(), head(accept), &reply).await;
            assert!(!answer.has("content-encoding"), "{accept}");
            assert!(!answer.has("content-length"), "{accept}");
        }
    }
}

#[tokio::test]
async fn where_the_head_decides_its_length_stays() {
    let small = Reply::of("text/plain", "hello").field("content-length", "5");
    let image = Reply::of("image/png", vec![0; 4096]).field("content-length", "4096");
    for (reply, accept) in [(small, ANY), (image, ANY)] {
        let answer = ask(&CompressionLayer::new(), head(accept), &reply).await;
        assert_eq!(&answer.head.headers, reply.response().headers());
    }
    let page = Reply::page().field("content-length", "8192");
    let answer = ask(&CompressionLayer::new(), head("identity"), &page).await;
    assert_eq!(answer.header("content-length"), Some("8192"));
}

/// What is left of `body` when the layer answered, and the body it made.
async fn respond(accept: &str, body: ScriptedBody) -> impl Body {
    let mut body = Some(body);
    let handler = service::respond(|_| {
        let mut response = Response::new(body.take().unwrap());
        response
            .headers_mut()
            .insert("content-type", "text/html".parse().unwrap());
        response
    });
    let layer = CompressionLayer::new();
    let response = layer.layer(handler).oneshot(head(accept)).await.unwrap();
    response.into_body()
}

#[tokio::test]
async fn the_body_is_never_polled() {
    for accept in [ANY, "gzip", "identity", "gzip, identity;q=0", "*;q=0"] {
        let data = Reply::page().data;
        let unsized_body = ScriptedBody::new().data(data.clone());
        let sized = ScriptedBody::new().data(data).exact_size();
        let fatal = ScriptedBody::new().panic("polled");
        for body in [unsized_body, sized, fatal, ScriptedBody::new()] {
            let probe = body.probe();
            drop(respond(accept, body).await);
            assert_eq!(probe.polls(), 0, "{accept:?}");
        }
    }
}

#[tokio::test]
async fn the_body_that_is_given_says_nothing_of_a_length() {
    let body = respond("gzip", ScriptedBody::new().data(Reply::page().data)).await;
    assert!(body.is_end_stream());
    // An exact hint would become a `Content-Length` in hyper.
    assert_eq!(body.size_hint().exact(), None);
}

#[tokio::test]
async fn a_handler_that_leaves_the_body_out_gets_the_head_of_an_eligible_answer() {
    let reply = Reply::of("text/html", "").field("etag", "\"v1\"");
    let answer = ask(&CompressionLayer::new(), head("gzip"), &reply).await;
    assert!(answer.varies());
    assert_eq!(answer.etag(), Some("W/\"v1\""));
    assert!(!answer.has("content-length"));
}
