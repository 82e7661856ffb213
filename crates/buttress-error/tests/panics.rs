//! Panics of every kind and at every place become one answer and one report.

mod support;

use buttress_error::{CatchPanicLayer, ErrorLayer, Kind, PanicBudget, Phase};
use buttress_testing::{
    ReadyChecked, Scripted, collect,
    service::{respond, service_fn},
};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use std::{
    convert::Infallible,
    future::{Ready, poll_fn, ready},
    panic::panic_any,
    task::{Context, Poll},
    time::Duration,
};
use support::{Nothing, Reports, call, get, json, ok, panicking, send};
use tower::{Layer, Service, ServiceExt};

#[tokio::test]
async fn a_panic_of_the_future_is_a_500_with_one_report() {
    let reports = Reports::new();
    let layer = ErrorLayer::new().on_report(reports.sink());
    let service = service_fn(|_: Request<()>| panicking(|| panic!("bad {}", 7)));
    let response = send(&layer, service, get(&[("x-request-id", "id-1")])).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(json(response).await["request_id"], "id-1");
    let report = reports.only();
    assert_eq!(
        (report.kind(), report.phase()),
        (Kind::Panic, Phase::Future)
    );
    assert_eq!(report.message(), "bad 7");
    assert_eq!(report.request_id(), Some("id-1"));
    assert_eq!(report.method(), Some(&http::Method::GET));
    assert_eq!(report.status(), Some(StatusCode::INTERNAL_SERVER_ERROR));
}

#[tokio::test]
async fn a_panic_of_the_call_itself_is_a_500() {
    let reports = Reports::new();
    let layer = ErrorLayer::new().on_report(reports.sink());
    let service = respond(|_: Request<()>| -> Response<Full<Bytes>> { panic!("in call") });
    let response = send(&layer, service, get(&[])).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(reports.only().phase(), Phase::Call);
}

/// A future that has its output at once, and panics when it is dropped.
struct DropsBadly;

impl std::future::Future for DropsBadly {
    type Output = Nothing;

    fn poll(self: std::pin::Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Nothing> {
        Poll::Ready(ok("fine"))
    }
}

impl Drop for DropsBadly {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[tokio::test]
async fn a_future_that_panics_in_its_drop_after_its_output_loses_no_response() {
    let reports = Reports::new();
    let layer = ErrorLayer::new().on_report(reports.sink());
    let response = send(&layer, service_fn(|_: Request<()>| DropsBadly), get(&[])).await;
    assert_eq!(support::text(response).await, "fine");
    let report = reports.only();
    assert_eq!((report.phase(), report.message()), (Phase::Drop, "dropped"));
    assert_eq!(report.status(), Some(StatusCode::OK));

    let reports = Reports::new();
    let layer = CatchPanicLayer::new().on_report(reports.sink());
    let service = layer.layer(service_fn(|_: Request<()>| DropsBadly));
    let response = service.oneshot(get(&[])).await.unwrap();
    assert_eq!(collect(response.into_body()).await.complete(), "fine");
    assert_eq!(reports.only().phase(), Phase::Drop);
}

/// A payload whose own drop panics, with a payload whose drop panics.
struct Bomb(u8);

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.0 > 0 {
            panic_any(Bomb(self.0 - 1));
        }
    }
}

#[tokio::test]
async fn payloads_of_any_type_are_survived_even_if_their_drop_panics() {
    for kind in 0..3 {
        let reports = Reports::new();
        let layer = ErrorLayer::new().on_report(reports.sink());
        let service = service_fn(move |_: Request<()>| {
            panicking(move || match kind {
                0 => panic_any(7_u64),
                1 => panic_any(Bomb(1)),
                _ => panic_any(Bomb(3)),
            })
        });
        let response = send(&layer, service, get(&[])).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(reports.only().message(), "a panic whose payload is no text");
    }
}

#[tokio::test]
async fn a_panic_caught_inside_a_destructor_of_another_is_survived() {
    struct Nested;
    impl Drop for Nested {
        fn drop(&mut self) {
            let _ = std::panic::catch_unwind(|| panic!("inner"));
        }
    }
    let reports = Reports::new();
    let layer = ErrorLayer::new().on_report(reports.sink());
    let service = service_fn(|_: Request<()>| {
        panicking(|| {
            let _nested = Nested;
            panic!("outer");
        })
    });
    let response = send(&layer, service, get(&[])).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(reports.only().message(), "outer");
}

/// Fails to become ready, in one of two ways.
#[derive(Clone)]
struct NeverReady {
    panics: bool,
}

impl<B> Service<Request<B>> for NeverReady {
    type Response = Response<Full<Bytes>>;
    type Error = Scripted;
    type Future = Ready<Result<Response<Full<Bytes>>, Scripted>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Scripted>> {
        assert!(!self.panics, "ready panicked");
        Poll::Ready(Err(Scripted("ready failed")))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        panic!("called though it is not ready");
    }
}

#[tokio::test]
async fn a_failed_poll_ready_is_answered_by_the_next_call_and_trips_the_budget() {
    for (panics, message) in [(false, "ready failed"), (true, "ready panicked")] {
        let reports = Reports::new();
        let budget = PanicBudget::new(100, Duration::from_secs(1));
        let layer = ErrorLayer::new()
            .map::<Scripted>(StatusCode::BAD_GATEWAY)
            .panic_budget(budget.clone())
            .on_report(reports.sink());
        let mut service = layer.layer(NeverReady { panics });
        let response = call(&mut service).await.unwrap();
        let expected = if panics { 500 } else { 502 };
        assert_eq!(response.status(), expected);
        let report = reports.only();
        assert_eq!((report.phase(), report.message()), (Phase::Ready, message));
        assert!(budget.is_tripped());

        // Nobody touches the service again: its call would panic.
        let response = call(&mut service).await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(reports.all().len(), 2);
    }
}

#[tokio::test]
async fn a_failed_poll_ready_that_nobody_calls_after_is_reported_too() {
    let reports = Reports::new();
    let layer = ErrorLayer::new().on_report(reports.sink());
    let mut service = layer.layer(NeverReady { panics: false });
    poll_fn(|cx| Service::<Request<()>>::poll_ready(&mut service, cx))
        .await
        .unwrap();
    assert_eq!(reports.all().len(), 0);
    drop(service);
    assert_eq!(reports.only().phase(), Phase::Ready);
}

#[tokio::test]
async fn catch_panic_passes_errors_and_answers_panics() {
    let reports = Reports::new();
    let layer = CatchPanicLayer::new().on_report(reports.sink());
    let error: Scripted = layer
        .layer(service_fn(|_: Request<()>| {
            ready(Nothing::Err(Scripted("mine")))
        }))
        .oneshot(get(&[]))
        .await
        .err()
        .unwrap();
    assert_eq!(error, Scripted("mine"));
    let error = layer
        .layer(NeverReady { panics: false })
        .oneshot(get(&[]))
        .await;
    assert_eq!(error.err(), Some(Scripted("ready failed")));
    assert_eq!(reports.all().len(), 0);

    let response = layer
        .layer(NeverReady { panics: true })
        .oneshot(get(&[]))
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(response.headers()["cache-control"], "no-store");
    let body = collect(response.into_body()).await.complete();
    let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(problem["status"], 500);
    assert_eq!(reports.only().phase(), Phase::Ready);
}

#[tokio::test]
async fn the_service_that_was_polled_ready_is_the_one_that_is_called() {
    let service = ReadyChecked::new(service_fn(|_: Request<()>| async { ok("fine") })).pauses(2);
    let mut service = ErrorLayer::new().layer(CatchPanicLayer::new().layer(service));
    for _ in 0..3 {
        let response = call(&mut service).await.unwrap();
        assert_eq!(collect(response.into_body()).await.complete(), "fine");
    }
}

#[tokio::test]
async fn switched_off_the_layers_guard_and_report_nothing() {
    let reports = Reports::new();
    let layer = ErrorLayer::new().enabled(false).on_report(reports.sink());
    let failed = service_fn(|_: Request<()>| ready(Nothing::Err(Scripted("private"))));
    let response = send(&layer, failed, get(&[])).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(support::text(response).await, "Internal Server Error\n");

    let seen = service_fn(|request: Request<()>| async move {
        assert!(request.headers().is_empty(), "the request was changed");
        Ok::<_, Infallible>(
            Response::builder()
                .status(404)
                .body(Full::<Bytes>::default())
                .unwrap(),
        )
    });
    let response = send(&layer, seen, get(&[])).await;
    assert!(response.headers().is_empty(), "the response was changed");

    let panicking = || service_fn(|_: Request<()>| panicking(|| panic!("through")));
    let task = tokio::spawn(layer.layer(panicking()).oneshot(get(&[])));
    assert!(task.await.is_err_and(|error| error.is_panic()));
    let layer = CatchPanicLayer::new()
        .enabled(false)
        .on_report(reports.sink());
    let task = tokio::spawn(layer.layer(panicking()).oneshot(get(&[])));
    assert!(task.await.is_err_and(|error| error.is_panic()));
    assert_eq!(reports.all().len(), 0);
}

#[tokio::test]
async fn what_the_app_gave_may_panic_as_well() {
    use buttress_error::Problem;
    use std::fmt;

    #[derive(Debug)]
    struct Unspeakable;
    impl fmt::Display for Unspeakable {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("no words")
        }
    }
    impl std::error::Error for Unspeakable {}

    let failing = || service_fn(|_: Request<()>| ready(Nothing::Err(Scripted("x"))));
    let layers = [
        ErrorLayer::new().handler(|_| panic!("handler")),
        ErrorLayer::new().renderer(|_| panic!("renderer")),
        ErrorLayer::new().on_report(|_| panic!("on_report")),
        ErrorLayer::new().route(|_| panic!("route")),
        ErrorLayer::new().map_with(|_: &Scripted| -> Problem { panic!("map") }),
    ];
    for layer in layers {
        let response = send(&layer, failing(), get(&[])).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
    let reports = Reports::new();
    let layer = ErrorLayer::new().on_report(reports.sink());
    let service = service_fn(|_: Request<()>| ready(Nothing::Err(Unspeakable)));
    let response = send(&layer, service, get(&[])).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(reports.only().message(), "no words");
}

/// An error of which every part panics that can.
#[derive(Debug)]
struct Hostile {
    source: bool,
}

impl std::fmt::Display for Hostile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("hostile")
    }
}

impl std::error::Error for Hostile {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        assert!(!self.source, "no source for you");
        None
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        panic!("the drop of an error");
    }
}

#[tokio::test]
async fn an_error_whose_drop_panics_costs_no_answer() {
    let reports = Reports::new();
    let layer = ErrorLayer::new()
        .map::<Hostile>(StatusCode::BAD_GATEWAY)
        .on_report(reports.sink());
    let failing = service_fn(|_: Request<()>| ready(Nothing::Err(Hostile { source: false })));
    let response = send(&layer, failing, get(&[])).await;
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    let reports = reports.all();
    let seen: Vec<_> = reports
        .iter()
        .map(|it| (it.phase(), it.message()))
        .collect();
    let expected = [
        (Phase::Future, "hostile"),
        (Phase::Drop, "the drop of an error"),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn an_error_whose_source_panics_is_answered_all_the_same() {
    let failing = service_fn(|_: Request<()>| ready(Nothing::Err(Hostile { source: true })));
    let response = send(&ErrorLayer::new(), failing, get(&[])).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(support::text(response).await, "Internal Server Error\n");
}
