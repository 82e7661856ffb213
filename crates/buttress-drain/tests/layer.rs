//! What the layer counts, and what it says, without a server of ours.

mod support;

use buttress_drain::{Drain, DrainLayer, Drained, InFlight, Phase, ResponseBody, ResponseFuture};
use buttress_testing::{
    Scripted, ScriptedBody,
    body::Awkward,
    collect,
    service::{ready_fn, service_fn},
};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, Version, header::CONNECTION};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use static_assertions::{assert_impl_all, assert_not_impl_any};
use std::{cell::Cell, convert::Infallible, fmt::Debug, pin::Pin, rc::Rc, time::Duration};
use support::patient;
use tower::{Layer, Service, ServiceExt};

assert_impl_all!(Drain: Clone, Debug, Default, Send, Sync);
assert_impl_all!(DrainLayer: Clone, Debug, Send, Sync);
assert_impl_all!(InFlight: Clone, Debug, Send, Sync);
assert_impl_all!(Drained<()>: Clone, Debug, Send, Sync);
assert_impl_all!(Drained<Cell<u8>>: Send);
assert_impl_all!(ResponseFuture<Cell<u8>>: Send);
assert_impl_all!(ResponseBody<Awkward<ScriptedBody>>: Send);
assert_not_impl_any!(ResponseFuture<Rc<()>>: Send);
assert_not_impl_any!(ResponseBody<Rc<()>>: Send);

fn get() -> Request<()> {
    Request::new(())
}

/// A service with the layer that answers each request with `make()`.
fn answering<B: Body>(
    drain: &Drain,
    make: impl Fn() -> Response<B> + Clone,
) -> impl Service<Request<()>, Response = Response<ResponseBody<B>>, Error = Infallible, Future: Unpin>
{
    let inner = ready_fn(move |_: Request<()>| std::future::ready(Ok(make())));
    DrainLayer::new(drain.clone()).layer(inner)
}

#[tokio::test]
async fn a_request_is_in_flight_until_its_body_has_ended() {
    let drain = Drain::new();
    let make = || Response::new(ScriptedBody::new().data("a").data("b"));
    let mut service = answering(&drain, make);
    let service = service.ready().await.unwrap();
    let future = service.call(get());
    assert_eq!(drain.in_flight(), 1);
    let mut body = future.await.unwrap().into_body();
    for expected in ["a", "b"] {
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), expected);
        assert_eq!(drain.in_flight(), 1);
    }
    assert!(body.frame().await.is_none());
    assert_eq!(drain.in_flight(), 0);
    // The body inside would panic if it were polled after its end.
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn it_is_complete_as_soon_as_the_head_or_a_frame_says_so() {
    let trailers = ScriptedBody::new().trailers([("x-end", "yes")]);
    let of_known_length = Response::builder().header("content-length", "3");
    let of_known_length = of_known_length
        .body(ScriptedBody::new().data("abc"))
        .unwrap();
    for response in [Response::new(trailers), of_known_length] {
        let drain = Drain::new();
        let once = std::sync::Mutex::new(Some(response));
        let inner = service_fn(move |_| {
            std::future::ready(Ok::<_, Infallible>(once.lock().unwrap().take().unwrap()))
        });
        let service = DrainLayer::new(drain.clone()).layer(inner);
        let mut body = service.oneshot(get()).await.unwrap().into_body();
        assert_eq!(drain.in_flight(), 1);
        body.frame().await.unwrap().unwrap();
        assert_eq!(drain.in_flight(), 0);
    }
}

#[tokio::test]
async fn a_body_that_knows_its_end_is_complete_with_its_last_frame() {
    let drain = Drain::new();
    let service = answering(&drain, || Response::new(Full::new(Bytes::from("all"))));
    let mut body = service.oneshot(get()).await.unwrap().into_body();
    assert_eq!(body.size_hint().exact(), Some(3));
    body.frame().await.unwrap().unwrap();
    assert_eq!(drain.in_flight(), 0);
    assert!(body.is_end_stream());
}

#[tokio::test]
async fn answers_without_a_body_are_complete_at_once() {
    for (method, status) in [
        (Method::HEAD, StatusCode::OK),
        (Method::GET, StatusCode::NO_CONTENT),
        (Method::GET, StatusCode::NOT_MODIFIED),
        (Method::GET, StatusCode::SWITCHING_PROTOCOLS),
        (Method::CONNECT, StatusCode::OK),
    ] {
        let drain = Drain::new();
        let service = answering(&drain, move || {
            let mut response = Response::new(ScriptedBody::new().data("never sent"));
            *response.status_mut() = status;
            response
        });
        let request = Request::builder().method(method).body(()).unwrap();
        let response = service.oneshot(request).await.unwrap();
        assert_eq!(drain.in_flight(), 0, "{status}");
        drop(response);
        assert_eq!(drain.in_flight(), 0, "{status}");
    }
}

#[tokio::test]
async fn what_is_dropped_or_fails_is_no_longer_in_flight() {
    let drain = Drain::new();
    let make = || Response::new(ScriptedBody::new().data("a").error("torn"));
    let mut service = answering(&drain, make);
    let service = service.ready().await.unwrap();
    drop(service.call(get()));
    assert_eq!(drain.in_flight(), 0);
    let response = service.ready().await.unwrap().call(get()).await.unwrap();
    drop(response);
    assert_eq!(drain.in_flight(), 0);
    let response = service.ready().await.unwrap().call(get()).await.unwrap();
    let mut body = response.into_body();
    body.frame().await.unwrap().unwrap();
    let error: Scripted = body.frame().await.unwrap().unwrap_err();
    assert_eq!((error.0, drain.in_flight()), ("torn", 0));

    let failing =
        service_fn(|_: Request<()>| std::future::ready(Err::<Response<ScriptedBody>, _>(7)));
    let failed = DrainLayer::new(drain.clone())
        .layer(failing)
        .oneshot(get())
        .await;
    assert_eq!((failed.err(), drain.in_flight()), (Some(7), 0));
}

#[tokio::test]
async fn http1_is_told_to_close_only_while_lingering() {
    let drain = patient();
    let mut service = answering(&drain, || Response::new(Full::new(Bytes::new())));
    let mut connection = async |version| {
        let mut request = get();
        *request.version_mut() = version;
        let response = service.ready().await.unwrap().call(request).await.unwrap();
        response.headers().get(CONNECTION).cloned()
    };
    assert_eq!(connection(Version::HTTP_11).await, None);
    drain.trigger();
    assert_eq!(connection(Version::HTTP_11).await.unwrap(), "close");
    assert_eq!(connection(Version::HTTP_10).await.unwrap(), "close");
    assert_eq!(connection(Version::HTTP_2).await, None);
}

#[tokio::test]
async fn upgrades_keep_their_connection_header() {
    let drain = patient();
    drain.trigger();
    let service = answering(&drain, || {
        let upgrade = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
        let upgrade = upgrade
            .header("connection", "upgrade")
            .header("upgrade", "websocket");
        upgrade.body(ScriptedBody::new()).unwrap()
    });
    let response = service.oneshot(get()).await.unwrap();
    assert_eq!(response.headers()[CONNECTION], "upgrade");
}

#[tokio::test]
async fn off_it_counts_nothing_and_says_nothing() {
    let drain = patient();
    drain.trigger();
    let inner = service_fn(|_: Request<()>| {
        std::future::ready(Ok::<_, Infallible>(Response::new(
            ScriptedBody::new().data("a"),
        )))
    });
    let service = DrainLayer::new(drain.clone()).enabled(false).layer(inner);
    let response = service.oneshot(get()).await.unwrap();
    assert!(response.headers().is_empty());
    assert_eq!(drain.in_flight(), 0);
    assert_eq!(collect(response.into_body()).await.bytes(), "a");
}

#[tokio::test]
async fn two_services_of_one_layer_count_together() {
    let drain = Drain::new();
    let layer = DrainLayer::new(drain.clone());
    let make = |_: Request<()>| {
        std::future::ready(Ok::<_, Infallible>(Response::new(
            ScriptedBody::new().data("a"),
        )))
    };
    let one = layer.layer(service_fn(make)).oneshot(get()).await.unwrap();
    let other = layer.layer(service_fn(make)).oneshot(get()).await.unwrap();
    assert_eq!(drain.in_flight(), 2);
    drop((one, other));
    assert_eq!(drain.in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_drain_waits_for_what_is_in_flight_up_to_its_deadline() {
    let drain = Drain::new()
        .linger(Duration::from_secs(2))
        .deadline(Duration::from_secs(10));
    let begin = tokio::time::Instant::now();
    let mut guards = vec![drain.guard(), drain.guard()];
    drain.trigger();
    drain.lingered().await;
    assert_eq!(
        (begin.elapsed().as_secs(), drain.phase()),
        (2, Phase::Draining)
    );

    let mut finished: Pin<Box<_>> = Box::pin(drain.finished());
    let early = tokio::time::timeout(Duration::from_secs(1), finished.as_mut()).await;
    assert!(early.is_err());
    guards.pop();
    let outcome = finished.await;
    assert_eq!((outcome.cut(), begin.elapsed().as_secs()), (1, 10));
    assert_eq!(drain.phase(), Phase::Overdue);
    guards.clear();
    assert!(drain.finished().await.is_clean());
}

#[tokio::test(start_paused = true)]
async fn a_drain_is_finished_when_the_last_guard_goes() {
    let drain = Drain::new();
    let guard = drain.guard();
    let finished = tokio::spawn(drain.finished());
    drain.trigger();
    drain.lingered().await;
    assert!(!finished.is_finished());
    drop(guard);
    assert!(finished.await.unwrap().is_clean());
}

/// The futures and the phase can be asked for outside of a runtime; the layer
/// makes no timer.
#[test]
fn without_a_runtime_the_layer_counts_and_closes() {
    let drain = patient();
    drain.trigger();
    let service = answering(&drain, || Response::new(Full::new(Bytes::from("a"))));
    let mut oneshot = std::pin::pin!(service.oneshot(get()));
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(response) = oneshot.as_mut().poll(&mut cx) else {
        panic!("the service answers at once");
    };
    assert_eq!(response.unwrap().headers()[CONNECTION], "close");
}
