//! What the layer keeps of requests and responses, encoded or not.

use crate::support::{ANY, Answer, Arrival, Reply, ask, get, receive, request};
use buttress_compression::{
    Compression, CompressionHint, CompressionLayer, EtagPolicy, ResponseBody, ResponseFuture,
};
use buttress_testing::{ReadyChecked, ScriptedBody, service};
use http::{Method, Request, Version};
use std::sync::{Arc, Mutex};
use tower::{Layer, ServiceExt};

#[derive(Clone, Debug, PartialEq)]
struct Mark(&'static str);

#[tokio::test]
async fn extensions_and_version_stay_on_every_path() {
    let replies = Arrival::ALL.map(|arrival| Reply::page().arrival(arrival));
    let small = Reply::of("text/plain", "small");
    let image = Reply::of("image/png", vec![0; 4096]);
    let not_modified = Reply::of("text/html", "").status(304);
    for reply in replies.into_iter().chain([small, image, not_modified]) {
        for accept in ["gzip", "identity"] {
            for method in [Method::GET, Method::HEAD] {
                for version in [Version::HTTP_10, Version::HTTP_11, Version::HTTP_2] {
                    let reply = reply.clone().extension(Mark("kept")).version(version);
                    let asked = request(method.clone(), &[("accept-encoding", accept)]);
                    let answer = ask(&CompressionLayer::new(), asked, &reply).await;
                    assert_eq!(answer.head.version, version);
                    assert_eq!(answer.head.extensions.get(), Some(&Mark("kept")));
                }
            }
        }
    }
}

#[tokio::test]
async fn the_request_comes_to_the_handler_as_it_was_sent() {
    let seen = Arc::new(Mutex::new(None));
    let handler = service::respond(|request: Request<&'static str>| {
        *seen.lock().unwrap() = Some(request);
        Reply::page().response()
    });
    let fields = [
        ("accept-encoding", "gzip;q=0.5, br"),
        ("range", "bytes=0-10"),
        ("if-none-match", "\"a-gzip\" ,  \"b\""),
        ("if-match", "\"a-gzip\""),
        ("if-range", "\"a-gzip\""),
        ("x-own", "1"),
    ];
    let mut sent = request(Method::POST, &fields).map(|()| "the body");
    sent.extensions_mut().insert(Mark("sent"));
    let headers = sent.headers().clone();
    let answered = CompressionLayer::new().layer(handler).oneshot(sent).await;
    drop(answered.unwrap());
    let seen = seen.lock().unwrap().take().unwrap();
    assert_eq!(seen.headers(), &headers);
    assert_eq!(seen.method(), Method::POST);
    assert_eq!(seen.extensions().get(), Some(&Mark("sent")));
    assert_eq!(seen.into_body(), "the body");
}

#[tokio::test]
async fn switched_off_it_touches_nothing_and_counts_nothing() {
    let layer = CompressionLayer::new()
        .not_acceptable(true)
        .etag(EtagPolicy::Suffix)
        .padding(100)
        .enabled(false);
    let not_modified = Reply::of("text/html", "")
        .status(304)
        .field("etag", "\"a\"");
    let small = Reply::of("text/plain", "x").arrival(Arrival::Unsized);
    let page = Reply::page()
        .field("etag", "\"a\"")
        .field("content-md5", "eA==");
    for reply in [
        page.clone(),
        page.arrival(Arrival::Streamed),
        not_modified,
        small,
    ] {
        for accept in [ANY, "identity", "*;q=0", "identity;q=0"] {
            ask(&layer, get(accept), &reply)
                .await
                .assert_untouched(&reply);
        }
    }
    assert_eq!(layer.stats(), CompressionLayer::new().stats());
}

#[tokio::test]
async fn it_can_be_switched_on_again() {
    let layer = CompressionLayer::new().enabled(false).enabled(true);
    let answer = ask(&layer, get("gzip"), &Reply::page()).await;
    assert_eq!(answer.coding(), "gzip");
}

#[tokio::test]
async fn switched_off_it_leaves_preconditions_alone() {
    let layer = CompressionLayer::new()
        .etag(EtagPolicy::Suffix)
        .enabled(false);
    let seen = Mutex::new(None);
    let handler = service::respond(|request: Request<()>| {
        *seen.lock().unwrap() = Some(request);
        Reply::page().response()
    });
    let sent = request(Method::GET, &[("if-match", "\"a-gzip\"")]);
    drop(layer.layer(handler).oneshot(sent).await.unwrap());
    let seen = seen.lock().unwrap().take().unwrap();
    assert_eq!(seen.headers()["if-match"], "\"a-gzip\"");
}

#[tokio::test]
async fn the_answer_to_connect_is_a_tunnel() {
    let layer = CompressionLayer::new()
        .not_acceptable(true)
        .etag(EtagPolicy::Suffix);
    let page = Reply::page().field("etag", "\"a\"");
    for reply in [page.clone(), page.arrival(Arrival::Unsized)] {
        for accept in [ANY, "*", "identity;q=0", "*;q=0", "identity"] {
            let asked = request(Method::CONNECT, &[("accept-encoding", accept)]);
            ask(&layer, asked, &reply).await.assert_untouched(&reply);
        }
    }
}

#[tokio::test]
async fn every_other_method_is_served_like_get() {
    for method in [
        "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "connect",
    ] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let asked = request(method.clone(), &[("accept-encoding", "gzip")]);
        let answer = ask(&CompressionLayer::new(), asked, &Reply::page()).await;
        assert_eq!(answer.coding(), "gzip", "{method}");
    }
}

#[derive(Debug, PartialEq)]
struct Refusal(u8);

#[tokio::test]
async fn the_error_of_the_service_is_the_error_of_the_layer() {
    let handler = service::service_fn(|_: Request<()>| async {
        Err::<http::Response<ScriptedBody>, _>(Refusal(7))
    });
    let service = CompressionLayer::new().layer(handler);
    let error: Refusal = service.oneshot(get("gzip")).await.map(drop).unwrap_err();
    assert_eq!(error, Refusal(7));
}

#[tokio::test]
async fn readiness_is_the_inner_service_s() {
    let handler = service::respond(|_: Request<()>| Reply::page().response());
    let slow = ReadyChecked::new(handler).pauses(3);
    let mut service = CompressionLayer::new().layer(slow);
    for _ in 0..3 {
        let response = service.ready().await.unwrap();
        let response = tower::Service::call(response, get("gzip")).await.unwrap();
        let answer: Answer = receive(response, false).await;
        assert_eq!(answer.coding(), "gzip");
    }
}

#[tokio::test]
async fn the_service_inside_can_be_reached() {
    let mut service: Compression<Mark> = CompressionLayer::new().layer(Mark("inner"));
    assert_eq!(service.get_ref(), &Mark("inner"));
    service.get_mut().0 = "changed";
    assert_eq!(service.clone().into_inner(), Mark("changed"));
}

#[test]
fn layer_service_future_and_body_go_where_a_server_takes_them() {
    static_assertions::assert_impl_all!(CompressionLayer: Clone, Send, Sync, Unpin, std::fmt::Debug);
    static_assertions::assert_impl_all!(Compression<Mark>: Clone, Send, Sync, std::fmt::Debug);
    static_assertions::assert_impl_all!(ResponseFuture<std::future::Ready<()>>: Send, Sync);
    static_assertions::assert_impl_all!(ResponseBody<ScriptedBody>: Send);
    static_assertions::assert_impl_all!(CompressionHint: Copy, Send, Sync);
}
