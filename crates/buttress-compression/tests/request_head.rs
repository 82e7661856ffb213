//! What the layer does from the head alone: pass, refuse, or rewrite it.
#![cfg(all(
    feature = "gzip",
    feature = "deflate",
    feature = "br",
    feature = "zstd"
))]

mod request_support;

use buttress_compression::{
    DecompressionResponseBody, Encoding, RequestBody, RequestDecompression,
    RequestDecompressionFuture, RequestDecompressionLayer,
};
use buttress_testing::{ScriptedBody, body::Awkward, collect, service};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Version, header::CONTENT_ENCODING};
use http_body::{Body, Frame};
use http_body_util::Full;
use request_support::{BoxError, Exchange, encode, exchange, request, whole};
use static_assertions::{assert_impl_all, assert_not_impl_any};
use std::{
    convert::Infallible,
    future::Ready,
    marker::{PhantomData, PhantomPinned},
    pin::Pin,
    task::{Context, Poll},
};
use tower::{Layer, Service, ServiceExt};

assert_impl_all!(RequestDecompressionLayer: Clone, Send, Sync, Unpin);
assert_impl_all!(RequestDecompression<()>: Clone, Send, Sync, Unpin);
assert_impl_all!(RequestDecompressionFuture<Ready<()>>: Send, Sync, Unpin);
assert_impl_all!(RequestBody<Full<Bytes>>: Send, Sync, Unpin);
assert_impl_all!(RequestBody<Awkward<Full<Bytes>>>: Send);
assert_not_impl_any!(RequestBody<Awkward<Full<Bytes>>>: Sync, Unpin);
assert_impl_all!(DecompressionResponseBody<Full<Bytes>>: Send, Sync, Unpin);
assert_impl_all!(DecompressionResponseBody<Awkward<Full<Bytes>>>: Send);
assert_impl_all!(buttress_compression::RequestDecompressionError: Send, Sync, std::error::Error);

fn layer() -> RequestDecompressionLayer {
    RequestDecompressionLayer::new()
}

fn gzip_of(text: &str) -> Vec<u8> {
    encode(Encoding::Gzip, text.as_bytes())
}

#[tokio::test]
async fn the_head_of_a_decoded_request_is_true_of_what_is_left() {
    let mut request = whole("gzip", gzip_of("hello"));
    *request.version_mut() = Version::HTTP_2;
    *request.method_mut() = Method::PUT;
    *request.uri_mut() = "/path?query".parse().unwrap();
    request.extensions_mut().insert("extension");
    for (name, value) in [
        ("content-length", "25"),
        ("content-md5", "a"),
        ("content-digest", "b"),
        ("repr-digest", "c"),
        ("digest", "d"),
        ("content-type", "text/plain"),
        ("want-repr-digest", "sha-256=1"),
        ("accept-encoding", "gzip"),
    ] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let exchange = exchange(&layer(), request).await;
    assert_eq!(exchange.decoded(), "hello");
    let head = &exchange.seen().head;
    let mut left: Vec<_> = head.headers.keys().map(|name| name.as_str()).collect();
    left.sort_unstable();
    assert_eq!(
        left,
        ["accept-encoding", "content-type", "want-repr-digest"]
    );
    assert_eq!(
        (head.version, &head.method),
        (Version::HTTP_2, &Method::PUT)
    );
    assert_eq!(head.uri, "/path?query");
    assert_eq!(head.extensions.get(), Some(&"extension"));
}

/// That a request with this `Content-Encoding` comes through as it is.
async fn assert_passes(layer: &RequestDecompressionLayer, request: Request<ScriptedBody>) {
    let sent = request.headers().clone();
    let exchange = exchange(layer, request).await;
    assert_eq!(exchange.status, 200);
    let Exchange { text, seen, .. } = exchange;
    assert_eq!(text, "handled");
    let seen = seen.expect("the handler did not run");
    assert_eq!(seen.head.headers, sent);
    assert_eq!(seen.body.complete(), "as it is");
    let trailers = seen.body.trailers.expect("no trailers");
    assert_eq!(trailers["digest"], "kept");
}

fn plain(coding: &str) -> Request<ScriptedBody> {
    let body = ScriptedBody::new().data("as ").pause().data("it is");
    let mut request = request(coding, body.exact_size().trailers([("digest", "kept")]));
    for name in ["content-length", "content-digest"] {
        request.headers_mut().insert(name, "8".parse().unwrap());
    }
    request
}

#[tokio::test]
async fn without_a_coding_a_request_passes_as_it_is() {
    for coding in ["", "identity", "Identity", "identity, identity", " , ,"] {
        assert_passes(&layer(), plain(coding)).await;
    }
    let mut none = plain("");
    none.headers_mut().remove(CONTENT_ENCODING);
    assert_passes(&layer(), none).await;
}

#[tokio::test]
async fn switched_off_everything_passes_as_it_is() {
    for coding in ["gzip", "unknown", "gzip, br, zstd, deflate"] {
        assert_passes(&layer().enabled(false), plain(coding)).await;
    }
    let on = layer().enabled(false).enabled(true);
    assert_eq!(
        exchange(&on, whole("gzip", gzip_of("on"))).await.decoded(),
        "on"
    );
}

#[tokio::test]
async fn a_tunnel_passes_as_it_is() {
    let mut request = plain("gzip");
    *request.method_mut() = Method::CONNECT;
    assert_passes(&layer(), request).await;
}

#[tokio::test]
async fn a_passed_body_keeps_its_hints() {
    let body = ScriptedBody::new()
        .data("12345")
        .exact_size()
        .knows_its_end();
    let handler = service::ready_fn(|request: Request<RequestBody<ScriptedBody>>| async move {
        let body = request.into_body();
        assert_eq!(body.size_hint().exact(), Some(5));
        assert!(!body.is_end_stream());
        assert_eq!(collect(body).await.complete(), "12345");
        Ok::<_, Infallible>(Response::new(ScriptedBody::new().data("123").exact_size()))
    });
    let Ok(response) = layer().layer(handler).oneshot(Request::new(body)).await;
    assert_eq!(response.body().size_hint().exact(), Some(3));
    assert!(!response.body().is_end_stream());
}

#[tokio::test]
async fn an_unknown_coding_is_refused_before_the_handler() {
    for coding in [
        "compress",
        "gzip, unknown",
        "gzip;level=9",
        "*",
        "\"gzip\"",
        "gz",
    ] {
        let body = ScriptedBody::new().data("never read");
        let probe = body.probe();
        let exchange = exchange(&layer(), request(coding, body)).await;
        assert_eq!(exchange.status, 415, "{coding}");
        assert!(exchange.seen.is_none(), "{coding} reached the handler");
        assert_eq!(probe.polls(), 0);
        assert_eq!(
            exchange.headers["accept-encoding"],
            "zstd, br, gzip, deflate"
        );
        assert_eq!(
            exchange.headers["content-type"],
            "text/plain; charset=utf-8"
        );
        assert_eq!(exchange.text, "this Content-Encoding is not accepted\n");
    }
}

#[tokio::test]
async fn a_coding_that_is_not_enabled_is_unknown() {
    let only = layer().encodings([Encoding::Gzip, Encoding::Zstd, Encoding::Identity]);
    assert_eq!(
        exchange(&only, whole("gzip", gzip_of("yes")))
            .await
            .decoded(),
        "yes"
    );
    for coding in ["br", "deflate", "gzip, br"] {
        let exchange = exchange(&only, whole(coding, "")).await;
        assert_eq!(exchange.status, 415, "{coding}");
        assert_eq!(exchange.headers["accept-encoding"], "zstd, gzip");
    }
    let none = exchange(&layer().encodings([]), whole("gzip", gzip_of("no"))).await;
    assert_eq!(none.status, 415);
    assert_eq!(none.headers["accept-encoding"], "identity");
}

#[tokio::test]
async fn more_codings_than_allowed_are_refused() {
    let thrice = encode(Encoding::Gzip, &encode(Encoding::Gzip, &gzip_of("deep")));
    let list = "gzip, identity, gzip, gzip";
    assert_eq!(
        exchange(&layer(), whole(list, thrice.clone())).await.status,
        415
    );
    let three = layer().max_codings(3);
    assert_eq!(
        exchange(&three, whole(list, thrice)).await.decoded(),
        "deep"
    );
    let none = layer().max_codings(0);
    assert_eq!(
        exchange(&none, whole("gzip", gzip_of("no"))).await.status,
        415
    );
    assert_passes(&none, plain("identity")).await;
}

#[tokio::test]
async fn the_answer_keeps_its_head_and_body() {
    for coding in ["", "gzip"] {
        let handler = service::ready_fn(|_: Request<RequestBody<ScriptedBody>>| async {
            let body = ScriptedBody::new()
                .data("1")
                .pause()
                .trailers([("x-end", "1")]);
            let response = Response::builder().status(201).version(Version::HTTP_2);
            let response = response.header("x-head", "1").extension("extension");
            Ok::<_, Infallible>(response.body(Awkward::new(body)).unwrap())
        });
        let Ok(response) = layer()
            .layer(handler)
            .oneshot(whole(coding, gzip_of("")))
            .await;
        assert_eq!(
            (response.status().as_u16(), response.version()),
            (201, Version::HTTP_2)
        );
        assert_eq!(response.headers()["x-head"], "1");
        assert_eq!(response.extensions().get(), Some(&"extension"));
        let body = collect(response.into_body()).await;
        assert_eq!(body.bytes(), "1");
        assert_eq!(body.trailers.unwrap_or_else(HeaderMap::new)["x-end"], "1");
    }
}

#[tokio::test]
async fn errors_of_the_service_and_of_its_readiness_are_its_own() {
    struct Broken;
    impl Service<Request<RequestBody<ScriptedBody>>> for Broken {
        type Response = Response<ScriptedBody>;
        type Error = &'static str;
        type Future = Ready<Result<Response<ScriptedBody>, &'static str>>;
        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
            Poll::Ready(Err("not ready"))
        }
        fn call(&mut self, _: Request<RequestBody<ScriptedBody>>) -> Self::Future {
            std::future::ready(Err("failed"))
        }
    }
    let mut service = layer().layer(Broken);
    assert_eq!(service.ready().await.err(), Some("not ready"));
    assert_eq!(
        service.call(whole("gzip", gzip_of(""))).await.err(),
        Some("failed")
    );
    assert_eq!(service.call(whole("", "")).await.err(), Some("failed"));
}

#[tokio::test]
async fn the_service_called_is_the_one_that_was_polled_ready() {
    let handler = service::ready_fn(|_: Request<RequestBody<ScriptedBody>>| async {
        Ok::<_, Infallible>(Response::new(ScriptedBody::new()))
    });
    let mut service = layer().layer(handler.pauses(2));
    for coding in ["", "gzip", "unknown", "gzip"] {
        let Ok(service) = service.ready().await;
        let Ok(_) = service.call(whole(coding, gzip_of(""))).await;
    }
}

/// A body that is neither `Send`, `Sync` nor `Unpin`, `Clone` or `Default`.
struct Local(Full<Bytes>, PhantomData<*const ()>, PhantomPinned);

impl Local {
    fn new() -> Self {
        Self(Full::default(), PhantomData, PhantomPinned)
    }
}

impl Body for Local {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }
}

#[tokio::test]
async fn nothing_is_asked_of_the_types_of_others() {
    let handler = service::service_fn(|request: Request<RequestBody<Local>>| async {
        assert!(collect(request.into_body()).await.error.is_none());
        Ok::<_, BoxError>(Response::new(Local::new()))
    });
    let response = layer()
        .layer(handler)
        .oneshot(request("gzip", Local::new()));
    assert_eq!(
        collect(response.await.unwrap().into_body()).await.bytes(),
        ""
    );
}
