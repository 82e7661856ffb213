//! How an exchange ended: each has one line, and it is true.

mod support;

use buttress_testing::{Gate, ManualClock, ScriptedBody, Server, collect, h1, service::service_fn};
use bytes::Bytes;
use futures_util::FutureExt;
use http::{Method, Request, Response, StatusCode, Version};
use http_body_util::{BodyExt, Full};
use std::{
    convert::Infallible,
    future::{pending, ready},
    time::Duration,
};
use support::Log;
use tower::{Layer, Service, ServiceExt, service_fn as tower_fn};

fn request() -> Request<()> {
    let request = Request::get("/a").version(Version::HTTP_2);
    request.body(()).unwrap()
}

async fn answered(
    log: &Log,
    response: Response<ScriptedBody>,
) -> Response<buttress_log::ResponseBody<ScriptedBody>> {
    let mut response = Some(response);
    let service =
        tower_fn(move |_: Request<()>| ready(Ok::<_, Infallible>(response.take().unwrap())));
    let mut service = log.layer().layer(service);
    service
        .ready()
        .await
        .unwrap()
        .call(request())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_complete_response_is_ok_and_its_bytes_are_counted() {
    let log = Log::new();
    let body = ScriptedBody::new().data("ab").pause().data("cde");
    let response = answered(&log, Response::new(body)).await;
    assert_eq!(log.lines().len(), 0, "the line comes at the end");
    assert_eq!(collect(response.into_body()).await.complete(), "abcde");
    let line = log.only();
    assert_eq!(line["outcome"], "ok");
    assert_eq!(line["status"], 200);
    assert_eq!(line["bytes"], 5);
    assert_eq!(line["level"], "INFO");
}

#[tokio::test]
async fn a_client_that_leaves_before_the_head_is_499() {
    let log = Log::new();
    let mut service = log.layer().layer(tower_fn(|_: Request<()>| {
        pending::<Result<Response<Full<Bytes>>, Infallible>>()
    }));
    let mut answer = Box::pin(service.call(request()));
    assert!(answer.as_mut().now_or_never().is_none());
    drop(answer);
    let line = log.only();
    assert_eq!(line["outcome"], "aborted");
    assert_eq!(line["status"], 499);
    assert_eq!(line["bytes"], 0);
    assert!(line.get("head_ms").is_none());
    assert_eq!(line["level"], "WARN");
}

#[tokio::test]
async fn a_call_whose_future_is_never_polled_has_a_line() {
    let log = Log::new();
    let mut service = log.layer().layer(tower_fn(|_: Request<()>| {
        pending::<Result<Response<Full<Bytes>>, Infallible>>()
    }));
    drop(service.call(request()));
    assert_eq!(log.only()["status"], 499);
}

#[tokio::test]
async fn an_abort_in_the_body_keeps_the_status_and_the_bytes_handed_over() {
    let log = Log::new();
    let body = ScriptedBody::new().data("abc").data("never asked for");
    let mut body = answered(&log, Response::new(body)).await.into_body();
    assert!(body.frame().await.unwrap().is_ok());
    drop(body);
    let line = log.only();
    assert_eq!(line["outcome"], "aborted");
    assert_eq!(line["status"], 200);
    assert_eq!(line["bytes"], 3);
    assert!(line["head_ms"].is_number());
}

#[tokio::test]
async fn an_error_in_the_body_is_an_error() {
    let log = Log::new();
    let body = ScriptedBody::new().data("abc").error("lost");
    let response = answered(&log, Response::new(body)).await;
    let collected = collect(response.into_body()).await;
    assert!(collected.error.is_some());
    let line = log.only();
    assert_eq!(line["outcome"], "error");
    assert_eq!(line["status"], 200);
    assert_eq!(line["bytes"], 3);
    assert_eq!(line["level"], "ERROR");
}

#[tokio::test]
async fn a_body_that_is_shorter_than_announced_is_an_error_and_a_longer_one_ends_where_it_said() {
    for (announced, outcome, bytes) in [("5", "error", 3), ("3", "ok", 3), ("2", "ok", 3)] {
        let log = Log::new();
        let response = Response::builder().header("content-length", announced);
        let body = ScriptedBody::new().data("abc");
        let response = answered(&log, response.body(body).unwrap()).await;
        collect(response.into_body()).await;
        let line = log.only();
        assert_eq!(line["outcome"], outcome, "{announced}");
        assert_eq!(line["bytes"], bytes, "{announced}");
    }
}

#[tokio::test]
async fn a_body_that_fails_after_its_end_has_one_line() {
    let log = Log::new();
    let response = Response::builder().header("content-length", "3");
    let body = ScriptedBody::new().data("abc").error("late");
    let response = answered(&log, response.body(body).unwrap()).await;
    collect(response.into_body()).await;
    assert_eq!(log.only()["outcome"], "ok");
}

#[tokio::test]
async fn an_error_of_the_service_has_no_status() {
    let log = Log::new();
    let service = tower_fn(|_: Request<()>| ready(Err::<Response<Full<Bytes>>, _>("broken")));
    let answered = log.layer().layer(service).oneshot(request()).await;
    assert_eq!(answered.err(), Some("broken"));
    let line = log.only();
    assert_eq!(line["outcome"], "error");
    assert_eq!(line["status"], serde_json::Value::Null);
    assert_eq!(line["level"], "ERROR");
}

#[tokio::test]
async fn a_panic_is_an_error_and_not_the_clients_leaving() {
    let log = Log::new();
    let service = log.layer().layer(tower_fn(|_: Request<()>| async {
        if true {
            panic!("gone bad");
        }
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    }));
    assert!(tokio::spawn(service.oneshot(request())).await.is_err());
    assert_eq!(log.only()["outcome"], "error");
}

#[tokio::test]
async fn a_panic_in_the_call_itself_has_a_line() {
    let log = Log::new();
    let mut service = log.layer().layer(tower_fn(
        |_: Request<()>| -> std::future::Ready<Result<Response<Full<Bytes>>, Infallible>> {
            panic!("at once")
        },
    ));
    assert!(
        tokio::spawn(async move { drop(service.call(request())) })
            .await
            .is_err()
    );
    assert_eq!(log.only()["outcome"], "error");
}

#[tokio::test]
async fn a_body_of_exact_length_that_is_dropped_before_its_end_is_no_abort() {
    let log = Log::new();
    let body = ScriptedBody::new().data("abc").exact_size();
    let mut body = answered(&log, Response::new(body)).await.into_body();
    assert!(body.frame().await.unwrap().is_ok());
    drop(body);
    assert_eq!(log.only()["outcome"], "ok");
}

#[tokio::test]
async fn what_has_no_body_on_the_wire_is_complete_with_its_head() {
    for (method, status) in [
        (Method::HEAD, StatusCode::OK),
        (Method::GET, StatusCode::NO_CONTENT),
        (Method::GET, StatusCode::NOT_MODIFIED),
        (Method::GET, StatusCode::SWITCHING_PROTOCOLS),
        (Method::CONNECT, StatusCode::OK),
    ] {
        let log = Log::new();
        let service = tower_fn(move |_: Request<()>| {
            let mut response = Response::new(ScriptedBody::new().data("never polled"));
            *response.status_mut() = status;
            ready(Ok::<_, Infallible>(response))
        });
        let mut asked = request();
        *asked.method_mut() = method;
        let response = log.layer().layer(service).oneshot(asked).await.unwrap();
        drop(response);
        assert_eq!(log.only()["outcome"], "ok", "{status}");
    }
}

#[tokio::test]
async fn both_times_are_those_of_the_clock() {
    let (log, clock, gate) = (Log::new(), ManualClock::new(), Gate::new());
    let body = ScriptedBody::new().data("a").hold(&gate).data("b");
    let mut body = Some(body);
    let advanced = clock.clone();
    let service = tower_fn(move |_: Request<()>| {
        advanced.advance(Duration::from_micros(1_234));
        ready(Ok::<_, Infallible>(Response::new(body.take().unwrap())))
    });
    let mut service = log.layer_at(&clock).layer(service);
    let mut body = service.call(request()).await.unwrap().into_body();
    assert!(body.frame().await.unwrap().is_ok());
    clock.advance(Duration::from_secs(2));
    gate.open();
    assert_eq!(collect(body).await.complete(), "b");
    let line = log.only();
    assert_eq!(line["head_ms"], 1.234);
    assert_eq!(line["total_ms"], 2_001.234);
    assert_eq!(line["time"], "2026-01-01T00:00:00.000000Z");
}

#[tokio::test]
async fn the_grpc_status_is_that_of_the_trailers() {
    let log = Log::new();
    let body = ScriptedBody::new()
        .data("a")
        .trailers([("grpc-status", "13")]);
    let response = answered(&log, Response::new(body)).await;
    assert!(collect(response.into_body()).await.trailers.is_some());
    let line = log.only();
    assert_eq!(line["grpc_status"], 13);
    assert_eq!(line["outcome"], "ok");
    assert_eq!(line["level"], "ERROR");
}

#[tokio::test]
async fn the_grpc_status_of_a_response_without_a_body_is_that_of_its_head() {
    let log = Log::new();
    let response = Response::builder().header("grpc-status", "5");
    let response = answered(&log, response.body(ScriptedBody::new()).unwrap()).await;
    assert_eq!(collect(response.into_body()).await.complete(), "");
    let line = log.only();
    assert_eq!(line["grpc_status"], 5);
    assert_eq!(line["level"], "INFO");
}

#[tokio::test]
async fn clients_of_a_server_that_leave_are_told_from_those_that_stay() {
    let (log, reached, never) = (Log::new(), Gate::new(), Gate::new());
    let handler = {
        let (reached, never) = (reached.clone(), never.clone());
        service_fn(move |request: Request<_>| {
            let body = ScriptedBody::new().data("abc");
            let body = match request.uri().path() {
                "/leave" => body.hold(&never),
                _ => body.exact_size(),
            };
            reached.open();
            ready(Ok::<_, Infallible>(Response::new(body)))
        })
    };
    let server = Server::h1(log.layer().layer(handler)).await;
    let mut client = h1::Connection::open(server.addr()).await;
    client.get("/stay", &[]).await;
    assert_eq!(client.body().await.complete(), "abc");
    client.get("/leave", &[]).await;
    drop(client);
    server.stop().await;
    let lines = log.json();
    let outcomes: Vec<_> = lines
        .iter()
        .map(|line| (&line["target"], &line["outcome"]))
        .collect();
    assert_eq!(outcomes.len(), 2);
    assert!(
        outcomes.contains(&(&"/stay".into(), &"ok".into())),
        "{outcomes:?}"
    );
    assert!(
        outcomes.contains(&(&"/leave".into(), &"aborted".into())),
        "{outcomes:?}"
    );
}

/// The layer as others see it: nothing of the body changes.
#[tokio::test]
async fn the_body_keeps_its_hints_and_its_trailers() {
    let log = Log::new();
    let body = ScriptedBody::new()
        .data("a")
        .trailers([("x-sum", "1")])
        .size_between(1, 2);
    let response = answered(&log, Response::new(body)).await;
    let collected = collect(response.into_body()).await;
    assert_eq!(collected.trailers.unwrap()["x-sum"], "1");
}

/// As a layer further out does that answers panics.
#[tokio::test]
async fn a_panic_that_somebody_catches_is_an_error_whenever_the_rest_is_dropped() {
    let log = Log::new();
    let mut service = log.layer().layer(tower_fn(|_: Request<()>| async {
        if true {
            panic!("gone bad");
        }
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    }));
    let mut answer = Box::pin(service.call(request()));
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        answer.as_mut().now_or_never()
    }));
    assert!(caught.is_err());
    drop(answer);
    assert_eq!(log.only()["outcome"], "error");
}
