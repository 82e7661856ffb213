//! Scripted bodies do what their script says.

use buttress_testing::{Gate, Probe, Scripted, ScriptedBody, body::Awkward, collect};
use http_body::{Body, SizeHint};
use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};
use tokio::time::Instant;

async fn poll_once<B: Body>(
    mut body: Pin<&mut B>,
) -> Poll<Option<Result<http_body::Frame<B::Data>, B::Error>>> {
    poll_fn(|cx| Poll::Ready(body.as_mut().poll_frame(cx))).await
}

#[tokio::test]
async fn frames_pauses_and_trailers_come_in_order() {
    let body = ScriptedBody::new()
        .data("ab")
        .empty()
        .pause()
        .pause()
        .chunks(["c", "d"])
        .trailers([("x-sum", "4")])
        .fused();
    let probe = body.probe();
    let collected = collect(body).await;
    assert_eq!(collected.frames, ["ab", "", "c", "d"]);
    assert_eq!(collected.pauses, 2);
    assert_eq!(collected.complete(), "abcd");
    assert_eq!(collected.trailers.unwrap()["x-sum"], "4");
    assert_eq!((probe.frames(), probe.bytes()), (4, 4));
    // Four frames, two pauses, trailers, the end, and three polls after it.
    assert_eq!((probe.polls(), probe.polls_after_end()), (11, 3));
    assert!(probe.is_finished() && probe.is_dropped() && !probe.is_failed());
}

#[tokio::test]
async fn an_error_is_the_end() {
    let body = ScriptedBody::new().data("a").error("gone").data("never");
    let probe = body.probe();
    let collected = collect(body).await;
    assert_eq!(collected.error, Some(Scripted("gone")));
    assert_eq!(collected.bytes(), "a");
    assert!(probe.is_failed() && !probe.is_finished());
}

#[tokio::test]
#[should_panic(expected = "the body ended with Scripted(\"gone\")")]
async fn a_failed_body_is_not_complete() {
    let _ = collect(ScriptedBody::new().error("gone")).await.complete();
}

#[tokio::test]
#[should_panic(expected = "a scripted body was polled after its end (poll 2 of it)")]
async fn polling_after_the_end_panics() {
    let mut body = pin!(ScriptedBody::new());
    assert!(matches!(poll_once(body.as_mut()).await, Poll::Ready(None)));
    let _ = poll_once(body).await;
}

#[tokio::test]
#[should_panic(expected = "polled after its end")]
async fn polling_after_the_error_panics() {
    let mut body = pin!(ScriptedBody::new().error("gone"));
    let _ = poll_once(body.as_mut()).await;
    let _ = poll_once(body).await;
}

#[tokio::test]
#[should_panic(expected = "in mid-body")]
async fn a_panic_comes_where_it_stands() {
    let mut body = pin!(ScriptedBody::new().data("a").panic("in mid-body"));
    let first = poll_once(body.as_mut()).await;
    assert!(matches!(first, Poll::Ready(Some(Ok(_)))));
    let _ = poll_once(body).await;
}

#[tokio::test]
async fn a_held_body_waits_for_its_gate() {
    let gate = Gate::new();
    let body = ScriptedBody::new().data("a").hold(&gate).data("b").fused();
    let probe = body.probe();
    let collected = tokio::spawn(collect(body));
    gate.reached().await;
    assert_eq!(probe.bytes(), 1);
    gate.open();
    assert_eq!(collected.await.unwrap().bytes(), "ab");
}

#[tokio::test(start_paused = true)]
async fn a_delay_is_tokios_time() {
    let start = Instant::now();
    let minute = Duration::from_secs(60);
    let body = ScriptedBody::new().delay(minute).data("a").delay(minute);
    assert_eq!(collect(body.fused()).await.bytes(), "a");
    assert_eq!(start.elapsed(), 2 * minute);
}

#[tokio::test]
async fn size_hints_follow_what_is_left() {
    let exact = |body: &ScriptedBody| body.size_hint().exact();
    let mut body = ScriptedBody::new().data("abc").data("d").exact_size();
    assert_eq!(exact(&body), Some(4));
    let _ = poll_once(Pin::new(&mut body)).await;
    assert_eq!(exact(&body), Some(1));

    let range = ScriptedBody::new().data("abc").size_between(5, 7);
    assert_eq!(range.size_hint().lower(), 0);
    assert_eq!(range.size_hint().upper(), Some(10));

    let unknown = ScriptedBody::new().data("abc");
    assert_eq!(unknown.size_hint().lower(), 0);
    assert_eq!(unknown.size_hint().upper(), None);

    let claimed = ScriptedBody::new().claimed_size(SizeHint::with_exact(9));
    assert_eq!(exact(&claimed), Some(9));
}

#[tokio::test]
async fn the_end_is_known_early_only_where_that_was_asked() {
    let mut shy = ScriptedBody::new().data("a");
    let mut open = ScriptedBody::new().data("a").knows_its_end();
    assert!(!open.is_end_stream());
    let _ = poll_once(Pin::new(&mut shy)).await;
    let _ = poll_once(Pin::new(&mut open)).await;
    assert!(!shy.is_end_stream());
    assert!(open.is_end_stream());
}

#[tokio::test]
async fn a_dropped_body_is_seen() {
    let body = ScriptedBody::new().data("a");
    let probe: Probe = body.probe();
    assert!(!probe.is_dropped());
    let task = tokio::spawn(async move { drop(body) });
    probe.dropped().await;
    task.await.unwrap();
    assert_eq!(probe.polls(), 0);
}

#[tokio::test]
async fn an_awkward_body_gives_what_is_in_it() {
    let inner = ScriptedBody::new().data("a").exact_size().fused();
    let body = Awkward::new(inner.knows_its_end());
    assert_eq!(body.size_hint().exact(), Some(1));
    assert_eq!(collect(body).await.complete(), "a");
}
