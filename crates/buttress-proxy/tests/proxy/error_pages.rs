//! What clients see of errors.

use buttress_proxy::{Error, ErrorPageLayer, ReverseProxy};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use std::{
    fmt, io,
    sync::{Arc, Mutex},
    time::Duration,
};
use tower::{Layer, ServiceExt, service_fn};

type Answer = (StatusCode, HeaderMap, Bytes);

async fn answer(layer: &ErrorPageLayer, accept: &str, error: io::Error) -> Answer {
    let error = Mutex::new(Some(error));
    let failing = service_fn(move |_: Request<()>| {
        let error = error.lock().expect("no panic").take().expect("one request");
        async { Err::<Response<Full<Bytes>>, io::Error>(error) }
    });
    let request = Request::get("/").header("accept", accept).body(());
    let response = layer.layer(failing).oneshot(request.expect("a request"));
    let (parts, body) = response.await.expect("never fails").into_parts();
    let page = body.collect().await.expect("a page").to_bytes();
    (parts.status, parts.headers, page)
}

#[tokio::test]
async fn a_page_of_html_is_for_those_who_take_it_and_problem_details_for_all_others() {
    let layer = ErrorPageLayer::new()
        .html(StatusCode::BAD_GATEWAY, "<h1>Back soon</h1>")
        .retry_after(Duration::from_secs(7));
    let (status, headers, page) = answer(&layer, "text/HTML,*/*", io::Error::other("x")).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY);
    assert_eq!(headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(headers["retry-after"], "7");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(page, "<h1>Back soon</h1>");

    let (_, headers, page) = answer(&layer, "application/json", io::Error::other("x")).await;
    assert_eq!(headers["content-type"], "application/problem+json");
    let problem = r#"{"type":"about:blank","title":"Bad Gateway","status":502}"#;
    assert_eq!(page, problem);
}

#[tokio::test]
async fn an_app_says_what_other_errors_are_and_is_told_of_them() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let teller = told.clone();
    let layer = ErrorPageLayer::new()
        .classify(|error| {
            let error = error.downcast_ref::<io::Error>()?;
            (error.kind() == io::ErrorKind::TimedOut).then_some(StatusCode::GATEWAY_TIMEOUT)
        })
        .report(move |status, error| {
            let mut told = teller.lock().expect("no panic");
            told.push((status, error.to_string()));
        });
    let (status, ..) = answer(&layer, "*/*", io::ErrorKind::TimedOut.into()).await;
    assert_eq!(status, StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(told.lock().expect("no panic").len(), 1);
}

#[tokio::test]
async fn a_response_gets_a_page_only_where_that_was_asked_for() {
    let layer = ErrorPageLayer::new().replace(|parts| parts.extensions.get::<u8>().is_some());
    for is_marked in [true, false] {
        let service = layer.layer(service_fn(move |_: Request<()>| async move {
            let mut response = Response::new(Full::new(Bytes::from("own")));
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            response.headers_mut().insert("retry-after", 9.into());
            if is_marked {
                response.extensions_mut().insert(1_u8);
            }
            Ok::<_, io::Error>(response)
        }));
        let response = service
            .oneshot(Request::new(()))
            .await
            .expect("never fails");
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()["retry-after"], "9");
        let body = response.into_body().collect().await.expect("a body");
        assert_eq!(body.to_bytes() != "own", is_marked);
    }
}

#[tokio::test]
async fn switched_off_it_leaves_an_error_its_status_and_nothing_else() {
    let told = Arc::new(Mutex::new(0));
    let count = told.clone();
    let layer = ErrorPageLayer::new()
        .html(StatusCode::BAD_GATEWAY, "<h1>Back soon</h1>")
        .report(move |_, _| *count.lock().expect("no panic") += 1)
        .enabled(false);
    let (status, headers, page) = answer(&layer, "text/html", io::Error::other("x")).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY);
    assert!(
        headers.is_empty() && page.is_empty(),
        "{headers:?} {page:?}"
    );
    assert_eq!(*told.lock().expect("no panic"), 0);
}

#[derive(Debug)]
struct Wrapped(Error);

impl fmt::Display for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("wrapped")
    }
}

impl std::error::Error for Wrapped {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[tokio::test]
async fn an_error_of_ours_is_found_among_the_sources() {
    let proxy = ReverseProxy::new("http://localhost".parse().expect("an upstream"));
    let layer = ErrorPageLayer::new();
    let service = layer.layer(service_fn(move |request| {
        let answered = proxy.clone().oneshot(request);
        async { answered.await.map_err(Wrapped) }
    }));
    // It has no Host.
    let request = Request::new(Full::<Bytes>::default());
    let response = service.oneshot(request).await.expect("never fails");
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(!response.headers().contains_key("retry-after"));
}
