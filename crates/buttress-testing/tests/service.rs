//! Services that check how they are called.

use buttress_testing::{
    ReadyChecked,
    service::{Counted, Echo, ready_fn, respond},
};
use http::{Request, Response};
use std::{
    convert::Infallible,
    future::{poll_fn, ready},
    task::Poll,
};
use tower::{Service, ServiceExt};

fn double(number: u32) -> std::future::Ready<Result<u32, Infallible>> {
    ready(Ok(2 * number))
}

#[tokio::test]
async fn a_service_that_was_polled_ready_answers() {
    let mut service = ready_fn(double);
    for number in 1..4 {
        let called = service.ready().await.unwrap().call(number);
        assert_eq!(called.await, Ok(2 * number));
    }
}

#[tokio::test]
#[should_panic(expected = "had not been polled ready")]
async fn a_call_without_readiness_panics() {
    let _ = ready_fn(double).call(1).await;
}

#[tokio::test]
#[should_panic(expected = "had not been polled ready")]
async fn one_readiness_is_good_for_one_call() {
    let mut service = ready_fn(double);
    let _ = service.ready().await.unwrap().call(1).await;
    let _ = service.call(1).await;
}

#[tokio::test]
#[should_panic(expected = "had not been polled ready")]
async fn a_clone_is_not_ready() {
    let mut service = ready_fn(double);
    let _ = service.ready().await.unwrap();
    let _ = service.clone().call(1).await;
}

#[tokio::test]
#[should_panic(expected = "had not been polled ready")]
async fn pending_is_not_ready() {
    let mut service = ready_fn(double).pauses(1);
    let polled = poll_fn(|cx| Poll::Ready(service.poll_ready(cx))).await;
    assert!(polled.is_pending());
    let _ = service.call(1).await;
}

#[tokio::test]
async fn pauses_come_before_each_call() {
    let mut service = ready_fn(double).pauses(2);
    for _ in 0..2 {
        let mut polls = 0;
        poll_fn(|cx| {
            polls += 1;
            service.poll_ready(cx)
        })
        .await
        .unwrap();
        assert_eq!(polls, 3);
        let _ = service.call(1).await;
    }
}

#[tokio::test]
async fn calls_of_all_clones_are_counted() {
    let service = Counted::new(respond(|_: Request<()>| Response::new("hi")));
    let calls = service.calls();
    for _ in 0..3 {
        let response = service.clone().oneshot(Request::new(())).await.unwrap();
        assert_eq!(response.into_body(), "hi");
    }
    assert_eq!(calls.count(), 3);
}

#[tokio::test]
async fn echo_gives_back_the_body_and_its_type() {
    let request = Request::builder().header("content-type", "text/x");
    let service = ReadyChecked::new(Echo);
    let response = service.oneshot(request.body("abc").unwrap()).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/x");
    assert_eq!(response.into_body(), "abc");
}
