//! Bodies that panic or fail, as clients see it on the wire.

mod support;

use buttress_error::{CatchPanicLayer, ErrorLayer, Kind, Phase};
use buttress_testing::{
    Gate, Scripted, ScriptedBody, Server, collect, h1, h2,
    service::{respond, service_fn},
};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use std::convert::Infallible;
use support::{Reports, get, json, read, send};
use tower::{Layer, ServiceExt};

fn two_chunks() -> ScriptedBody {
    ScriptedBody::new().data("first,").data("second,")
}

/// Answers by the path.
fn body(path: &str) -> ScriptedBody {
    match path {
        "/panic" => two_chunks().panic("secret detail"),
        "/error" => two_chunks().error("secret detail"),
        "/first/panic" => ScriptedBody::new().panic("secret detail"),
        "/first/error" => ScriptedBody::new().error("secret detail"),
        _ => ScriptedBody::new().data("fine"),
    }
}

async fn handler<B>(request: Request<B>) -> Result<Response<ScriptedBody>, Infallible> {
    Ok(Response::new(body(request.uri().path())))
}

#[tokio::test]
async fn h1_clients_see_the_chunks_before_a_fault_and_no_valid_end() {
    let reports = Reports::new();
    let layer = ErrorLayer::new().on_report(reports.sink());
    let server = Server::h1(layer.layer(service_fn(handler))).await;
    for path in ["/panic", "/error"] {
        let mut client = h1::Connection::open(server.addr()).await;
        let head = client.get(path, &[]).await;
        assert_eq!(head.status, StatusCode::OK);
        let body = client.body().await;
        assert_eq!(body.bytes(), "first,second,", "{path}");
        assert!(body.cut.is_some(), "{path} ended as if it were whole");
    }
    server.stop().await;
    let reports = reports.all();
    assert_eq!(reports.len(), 2, "{reports:#?}");
    assert_eq!(reports[0].kind(), Kind::Panic);
    assert_eq!(reports[1].kind(), Kind::Error);
    for report in reports {
        assert_eq!(report.phase(), Phase::Body);
        assert_eq!(report.message(), "secret detail");
        assert_eq!(report.status(), Some(StatusCode::OK));
    }
}

#[tokio::test]
async fn h2_streams_are_reset_and_their_connection_lives() {
    let layer = ErrorLayer::new();
    let server = Server::h2(layer.layer(service_fn(handler))).await;
    let mut client = h2::Connection::open(server.addr()).await;
    for path in ["/panic", "/error"] {
        let mut exchange = client.get(path, &[]).await;
        assert_eq!(exchange.head.status, StatusCode::OK);
        let body = exchange.body().await;
        assert_eq!(body.bytes(), "first,second,", "{path}");
        let reset = body.cut.expect("the stream is cut").reset;
        assert!(
            reset.is_some_and(|reason| u32::from(reason) != 0),
            "{path}: {reset:?}"
        );
    }
    let mut exchange = client.get("/fine", &[]).await;
    assert_eq!(exchange.body().await.complete(), "fine");
    drop(client);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h2_clients_see_what_came_before_a_fault_on_many_threads_too() {
    let server = Server::h2(ErrorLayer::new().layer(service_fn(handler))).await;
    let mut client = h2::Connection::open(server.addr()).await;
    for round in 0..25 {
        let mut exchange = client.get("/panic", &[]).await;
        let body = exchange.body().await;
        assert_eq!(body.bytes(), "first,second,", "round {round}");
        assert!(body.cut.is_some());
    }
    drop(client);
    server.stop().await;
}

#[tokio::test]
async fn catch_panic_guards_bodies_as_well() {
    let reports = Reports::new();
    let layer = CatchPanicLayer::new().on_report(reports.sink());
    let server = Server::auto(layer.layer(service_fn(handler))).await;
    let mut client = h1::Connection::open(server.addr()).await;
    client.get("/panic", &[]).await;
    let body = client.body().await;
    assert_eq!(body.bytes(), "first,second,");
    assert!(body.cut.is_some());
    let mut client = h2::Connection::open(server.addr()).await;
    let body = client.get("/panic", &[]).await.body().await;
    assert_eq!(body.bytes(), "first,second,");
    assert!(body.cut.is_some());
    drop(client);
    server.stop().await;
    assert_eq!(reports.all().len(), 2);
}

#[tokio::test]
async fn a_fault_in_the_first_frame_is_a_real_500() {
    for path in ["/first/panic", "/first/error"] {
        let reports = Reports::new();
        let layer = ErrorLayer::new().on_report(reports.sink());
        let server = Server::auto(layer.layer(service_fn(handler))).await;
        let mut client = h1::Connection::open(server.addr()).await;
        let head = client.get(path, &[("x-request-id", "id-7")]).await;
        assert_eq!(head.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(
            head.header("content-type"),
            Some("application/problem+json")
        );
        let body = client.body().await.complete();
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem["status"], 500);
        assert_eq!(problem["request_id"], "id-7");
        // The connection goes on.
        assert_eq!(client.get("/fine", &[]).await.status, StatusCode::OK);
        assert_eq!(client.body().await.complete(), "fine");
        drop(client);
        server.stop().await;
        let report = reports.only();
        assert_eq!(report.phase(), Phase::Body);
        assert_eq!(report.status(), Some(StatusCode::INTERNAL_SERVER_ERROR));
    }
}

#[tokio::test]
async fn without_the_peek_a_first_fault_cuts_the_response() {
    let reports = Reports::new();
    let layer = ErrorLayer::new().peek(false).on_report(reports.sink());
    let service = service_fn(handler);
    let request = Request::get("/first/panic").body(()).unwrap();
    let response = send(&layer, service, request).await;
    assert_eq!(response.status(), StatusCode::OK);
    let body = read(response).await;
    assert!(body.error.is_some());
    assert_eq!(body.pauses, 1, "flushed before it broke off");
    assert_eq!(reports.only().status(), Some(StatusCode::OK));
}

#[tokio::test]
async fn the_peek_does_not_wait() {
    let gate = Gate::new();
    let body = ScriptedBody::new().hold(&gate).data("late").panic("later");
    let mut body = Some(body);
    let service = respond(move |_| Response::new(body.take().unwrap()));
    let reports = Reports::new();
    let layer = ErrorLayer::new().on_report(reports.sink());
    let response = send(&layer, service, get(&[])).await;
    assert!(gate.is_reached(), "it was not polled");
    assert_eq!(response.status(), StatusCode::OK);
    gate.open();
    let body = read(response).await;
    assert_eq!(body.bytes(), "late");
    assert!(body.error.is_some());
    assert_eq!(reports.only().kind(), Kind::Panic);
}

#[tokio::test]
async fn peeked_bodies_keep_frames_trailers_hints_and_their_end() {
    let bodies: [fn() -> ScriptedBody; 7] = [
        || ScriptedBody::new(),
        || ScriptedBody::new().data("a"),
        || ScriptedBody::new().data("a").knows_its_end().exact_size(),
        || ScriptedBody::new().data("a").data("b").exact_size(),
        || ScriptedBody::new().pause().data("a").size_between(0, 7),
        || {
            ScriptedBody::new()
                .trailers([("x-sum", "1")])
                .knows_its_end()
        },
        || {
            ScriptedBody::new()
                .empty()
                .data("a")
                .trailers([("x-sum", "1")])
        },
    ];
    for body in bodies {
        let expected = collect(body().fused()).await;
        let probe_of = body();
        let probe = probe_of.probe();
        let mut body = Some(probe_of);
        let service = respond(move |_| Response::new(body.take().unwrap()));
        let response = send(&ErrorLayer::new(), service, get(&[])).await;
        // `collect` holds the hints and the end against what comes.
        let got = read(response).await;
        assert_eq!(got.complete(), expected.complete());
        assert_eq!(got.trailers, expected.trailers);
        assert_eq!(probe.polls_after_end(), 0);
        assert!(probe.is_dropped());
    }
}

#[tokio::test]
async fn a_body_error_is_reported_once_through_two_layers() {
    for path in ["/panic", "/error", "/first/panic", "/first/error"] {
        let reports = Reports::new();
        let inner = ErrorLayer::new().peek(false).on_report(reports.sink());
        let outer = ErrorLayer::new().on_report(reports.sink());
        let service = outer.layer(inner.layer(service_fn(handler)));
        let request = Request::get(path).body(()).unwrap();
        let response = service.oneshot(request).await.unwrap();
        let _ = collect(response.into_body()).await;
        reports.only();
    }
}

#[tokio::test]
async fn the_error_of_a_body_keeps_its_source_and_a_panic_tells_nothing() {
    let layer = ErrorLayer::new();
    let request = |path: &str| Request::get(path).body(()).unwrap();
    let failed = read(send(&layer, service_fn(handler), request("/error")).await).await;
    let error = failed.error.unwrap();
    assert_eq!(Scripted::find(&*error), Some(&Scripted("secret detail")));
    let panicked = read(send(&layer, service_fn(handler), request("/panic")).await).await;
    assert_eq!(
        panicked.error.unwrap().to_string(),
        "the response body panicked"
    );
}

#[tokio::test]
async fn a_first_frame_fault_keeps_cookies_and_drops_what_described_the_body() {
    let service = respond(|_: Request<()>| {
        Response::builder()
            .header("set-cookie", "id=1")
            .header("etag", "\"a\"")
            .header("content-length", "10")
            .header("content-encoding", "gzip")
            .header("cache-control", "public, max-age=60")
            .header("access-control-allow-origin", "*")
            .body(ScriptedBody::new().error("x"))
            .unwrap()
    });
    // A second layer does not take for the handler's what the first has answered.
    let service = ErrorLayer::new().layer(service);
    let response = send(&ErrorLayer::new(), service, get(&[])).await;
    let headers = response.headers();
    assert_eq!(headers["set-cookie"], "id=1");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["access-control-allow-origin"], "*");
    assert!(!headers.contains_key("etag"));
    assert!(!headers.contains_key("content-encoding"));
    assert_ne!(headers["content-length"], "10");
    json(response).await;
}

#[tokio::test]
async fn a_default_body_is_empty_and_asks_no_default_of_what_is_inside() {
    let body = buttress_error::ResponseBody::<ScriptedBody>::default();
    assert_eq!(collect(body).await.complete(), "");
    let body = buttress_error::CatchPanicBody::<ScriptedBody>::default();
    assert_eq!(collect(body).await.complete(), "");
}

/// Panics when it is dropped.
struct Bomb(ScriptedBody);

impl http_body::Body for Bomb {
    type Data = Bytes;
    type Error = Scripted;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Scripted>>> {
        std::pin::Pin::new(&mut self.0).poll_frame(cx)
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[tokio::test]
async fn a_body_whose_drop_panics_loses_no_frame() {
    for peek in [true, false] {
        let reports = Reports::new();
        let layer = ErrorLayer::new().peek(peek).on_report(reports.sink());
        let service = respond(|_| Response::new(Bomb(two_chunks())));
        let response = send(&layer, service, get(&[])).await;
        assert_eq!(read(response).await.complete(), "first,second,");
        let report = reports.only();
        assert_eq!((report.phase(), report.message()), (Phase::Drop, "dropped"));
    }
}

#[tokio::test]
async fn a_fault_and_a_panicking_drop_after_it_are_two_reports() {
    let reports = Reports::new();
    let layer = ErrorLayer::new().on_report(reports.sink());
    let service = respond(|_| Response::new(Bomb(two_chunks().error("first of all"))));
    let response = send(&layer, service, get(&[])).await;
    let body = read(response).await;
    assert_eq!(body.bytes(), "first,second,");
    let phases: Vec<_> = reports.all().iter().map(|report| report.phase()).collect();
    assert_eq!(phases.len(), 2);
    assert!(phases.contains(&Phase::Body) && phases.contains(&Phase::Drop));
}

/// An error whose drop panics.
#[derive(Debug)]
struct BadError;

impl std::fmt::Display for BadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("bad")
    }
}

impl std::error::Error for BadError {}

impl Drop for BadError {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[tokio::test]
async fn an_error_whose_drop_panics_is_survived_if_the_client_leaves_before_it() {
    let reports = Reports::new();
    let layer = ErrorLayer::new().peek(false).on_report(reports.sink());
    let body = || http_body_util::BodyExt::map_err(ScriptedBody::new().error("x"), |_| BadError);
    let service = respond(move |_: Request<()>| Response::new(body()));
    let response = send(&layer, service, get(&[])).await;
    let mut body = std::pin::pin!(response.into_body());
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(http_body::Body::poll_frame(body.as_mut(), &mut cx).is_pending());
    body.set(buttress_error::ResponseBody::default());
    let phases: Vec<_> = reports.all().iter().map(|it| it.phase()).collect();
    assert_eq!(phases, [Phase::Body, Phase::Drop]);
}

/// Does not know how long it is, and panics if asked.
struct Touchy(ScriptedBody);

impl http_body::Body for Touchy {
    type Data = Bytes;
    type Error = Scripted;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Scripted>>> {
        std::pin::Pin::new(&mut self.0).poll_frame(cx)
    }

    fn size_hint(&self) -> http_body::SizeHint {
        panic!("how should I know")
    }
}

#[tokio::test]
async fn a_size_that_panics_is_an_unknown_size() {
    let reports = Reports::new();
    let layer = ErrorLayer::new().on_report(reports.sink());
    let service = respond(|_: Request<_>| Response::new(Touchy(two_chunks())));
    let server = Server::h1(layer.layer(service)).await;
    let mut client = h1::Connection::open(server.addr()).await;
    assert_eq!(client.get("/", &[]).await.status, StatusCode::OK);
    assert_eq!(client.body().await.complete(), "first,second,");
    drop(client);
    server.stop().await;
    let reports = reports.all();
    assert!(!reports.is_empty());
    assert!(
        reports
            .iter()
            .all(|report| report.message() == "how should I know")
    );
}
