//! `collect` finds bodies that break the rules.

use buttress_testing::{ScriptedBody, collect};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

fn size(len: u64) -> SizeHint {
    SizeHint::with_exact(len)
}

#[tokio::test]
#[should_panic(expected = "3 bytes came after the size hint")]
async fn more_than_the_hint_is_found() {
    let _ = collect(
        ScriptedBody::new()
            .data("abc")
            .claimed_size(size(2))
            .fused(),
    )
    .await;
}

#[tokio::test]
#[should_panic(expected = "only 3 bytes came after the size hint")]
async fn less_than_the_hint_is_found() {
    let _ = collect(
        ScriptedBody::new()
            .data("abc")
            .claimed_size(size(4))
            .fused(),
    )
    .await;
}

#[tokio::test]
#[should_panic(expected = "only 0 bytes came after the size hint")]
async fn a_hint_that_does_not_follow_the_data_is_found() {
    // True at the beginning, and no more once the data has come.
    let _ = collect(
        ScriptedBody::new()
            .data("abc")
            .claimed_size(size(3))
            .fused(),
    )
    .await;
}

#[tokio::test]
async fn an_error_excuses_a_short_body_but_not_a_long_one() {
    let short = ScriptedBody::new().data("a").error("gone");
    assert_eq!(collect(short.claimed_size(size(9))).await.bytes(), "a");
    let long = ScriptedBody::new().data("abc").error("gone");
    let long = tokio::spawn(async { collect(long.claimed_size(size(2))).await.bytes() });
    assert!(long.await.unwrap_err().is_panic());
}

#[tokio::test]
#[should_panic(expected = "a frame came after the trailers")]
async fn data_after_trailers_is_found() {
    let body = ScriptedBody::new().trailers([("a", "b")]).data("c");
    let _ = collect(body.fused()).await;
}

#[tokio::test]
#[should_panic(expected = "a frame came after the trailers")]
async fn second_trailers_are_found() {
    let body = ScriptedBody::new()
        .trailers([("a", "b")])
        .trailers([("a", "b")]);
    let _ = collect(body.fused()).await;
}

/// Gives one frame each time its count says so, and `None` between.
struct Liar {
    polls: usize,
    speaks_at: usize,
    says_end: bool,
}

impl Body for Liar {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.polls += 1;
        let speaks = self.polls == self.speaks_at;
        Poll::Ready(speaks.then(|| Ok(Frame::data(Bytes::from_static(b"a")))))
    }

    fn is_end_stream(&self) -> bool {
        self.says_end
    }
}

#[tokio::test]
#[should_panic(expected = "is_end_stream was true, and then a frame")]
async fn data_after_a_true_is_end_stream_is_found() {
    let body = Liar {
        polls: 0,
        speaks_at: 1,
        says_end: true,
    };
    let _ = collect(body).await;
}

#[tokio::test]
#[should_panic(expected = "poll 3 after the end did not answer None")]
async fn data_after_the_end_is_found() {
    // The first poll is the end, the fourth is the third after it.
    let body = Liar {
        polls: 0,
        speaks_at: 4,
        says_end: false,
    };
    let _ = collect(body).await;
}
