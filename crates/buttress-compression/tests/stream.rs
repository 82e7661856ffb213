//! Bodies that are still being produced are encoded while they arrive.

mod support_body;

use buttress_compression::{
    BoxError, Compression, CompressionHint, CompressionLayer, Encoding, Flush, Level, ResponseBody,
    ResponseFuture,
};
use buttress_testing::{ScriptedBody, body::Awkward, collect};
use bytes::Bytes;
use http::{Request, Response, header::CONTENT_LENGTH};
use http_body::Body;
use http_body_util::Full;
use static_assertions::{assert_impl_all, assert_not_impl_any};
use std::{cell::Cell, future::Ready};
use support_body::{
    answer, assert_same, codings, content_coding, content_length, decoded, encoded, html, page,
    poller::Poller,
};
use tower::Layer;

/// `data` in frames of `len` bytes, with a pause after each.
fn pausing(data: &Bytes, len: usize) -> ScriptedBody {
    let chunks = data.chunks(len).map(Bytes::copy_from_slice);
    chunks.fold(ScriptedBody::new(), |body, chunk| body.data(chunk).pause())
}

#[tokio::test]
async fn a_body_that_pauses_is_encoded_while_it_arrives() {
    let layer = CompressionLayer::new();
    let page = page(20_000);
    for coding in codings() {
        let response = answer(&layer, coding, html(pausing(&page, 1500)));
        assert_eq!(content_coding(&response), coding.as_str());
        assert_eq!(content_length(&response), None);
        assert_eq!(response.body().size_hint().exact(), None);
        let body = collect(response.into_body()).await;
        assert!(body.frames.len() > 1, "{coding} came in one frame");
        assert_same(&decoded(coding, &body.complete()), &page, coding);
    }
}

#[tokio::test]
async fn a_body_that_gives_nothing_at_first_gets_its_head_at_once() {
    let layer = CompressionLayer::new();
    let page = page(2000);
    for coding in codings() {
        let body = ScriptedBody::new().pause().pause().data(page.clone());
        let body = collect(encoded(&layer, coding, html(body))).await;
        assert_same(&decoded(coding, &body.complete()), &page, coding);
    }
}

#[tokio::test]
async fn a_body_above_the_cap_is_streamed_without_a_length() {
    let layer = CompressionLayer::new();
    let page = page(70_000);
    for coding in codings() {
        let chunks = page.chunks(1000).map(Bytes::copy_from_slice);
        let mut response = html(ScriptedBody::new().chunks(chunks));
        response.headers_mut().insert(CONTENT_LENGTH, 70_000.into());
        let response = answer(&layer, coding, response);
        assert_eq!(content_coding(&response), coding.as_str());
        assert_eq!(content_length(&response), None);
        let body = collect(response.into_body()).await;
        assert_same(&decoded(coding, &body.complete()), &page, coding);
    }
}

#[tokio::test]
async fn a_body_of_many_tiny_frames_is_whole() {
    let layer = CompressionLayer::new();
    let page = page(3000);
    for coding in codings() {
        let chunks = page.chunks(1).map(Bytes::copy_from_slice);
        let body = ScriptedBody::new().chunks(chunks);
        let body = collect(encoded(&layer, coding, html(body))).await;
        assert_same(&decoded(coding, &body.complete()), &page, coding);
    }
}

#[tokio::test]
async fn trailers_follow_the_end_of_the_stream() {
    let layer = CompressionLayer::new();
    let page = page(20_000);
    for coding in codings() {
        let body = pausing(&page, 6000).empty().pause().empty().empty();
        let body = body.trailers([("x-sum", "20000"), ("x-more", "yes")]);
        let body = collect(encoded(&layer, coding, html(body))).await;
        assert_same(&decoded(coding, &body.complete()), &page, coding);
        let trailers = body.trailers.unwrap();
        assert_eq!(
            (&trailers["x-sum"], trailers.len()),
            (&"20000".parse().unwrap(), 2)
        );
    }
}

#[tokio::test]
async fn trailers_of_a_large_frame_follow_it() {
    let layer = CompressionLayer::new();
    let page = page(300_000);
    for coding in codings() {
        let body = ScriptedBody::new().data(page.clone());
        let body = body.trailers([("x-sum", "1")]).knows_its_end();
        let body = collect(encoded(&layer, coding, html(body))).await;
        assert_same(&decoded(coding, &body.complete()), &page, coding);
        assert_eq!(body.trailers.unwrap()["x-sum"], "1");
    }
}

#[tokio::test]
async fn a_stream_that_ends_without_a_byte_is_valid() {
    let layer = CompressionLayer::new();
    for coding in codings() {
        let body = ScriptedBody::new().pause().empty().pause();
        let body = collect(encoded(&layer, coding, html(body))).await;
        assert_eq!(decoded(coding, &body.complete()), "");
    }
}

/// Panics when it is polled after its end in any sense of the word.
struct Strict {
    frames: std::vec::IntoIter<Bytes>,
    /// How it ends: it says so with its last frame, or by `None`.
    says_so: bool,
    has_ended: Cell<bool>,
}

impl Strict {
    fn new(page: &Bytes, len: usize, says_so: bool) -> Self {
        let frames: Vec<_> = page.chunks(len).map(Bytes::copy_from_slice).collect();
        Self {
            frames: frames.into_iter(),
            says_so,
            has_ended: Cell::new(false),
        }
    }
}

impl Body for Strict {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        assert!(!self.has_ended.get(), "polled after its end");
        let frame = self.frames.next();
        let ended = frame.is_none() || self.says_so && self.frames.len() == 0;
        self.has_ended.set(ended);
        std::task::Poll::Ready(frame.map(|data| Ok(http_body::Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.says_so && self.has_ended.get()
    }
}

#[tokio::test]
async fn a_source_is_never_polled_after_its_end() {
    let layer = CompressionLayer::new();
    let page = page(200_000);
    for coding in codings().chain([Encoding::Identity]) {
        // In one shot; streamed from one frame; streamed from many.
        for (total, frame) in [
            (4000, 1000),
            (4000, 4000),
            (200_000, 200_000),
            (200_000, 999),
        ] {
            for says_so in [true, false] {
                let page = page.slice(..total);
                let body = Strict::new(&page, frame, says_so);
                let response = answer(&layer, coding, html(body));
                assert_eq!(content_coding(&response), coding.as_str());
                let body = collect(response.into_body()).await;
                assert_same(&decoded(coding, &body.complete()), &page, coding);
            }
        }
    }
}

#[tokio::test]
async fn a_source_that_pauses_before_its_end_is_not_polled_after_it() {
    let layer = CompressionLayer::new();
    let page = page(9000);
    for coding in codings().chain([Encoding::Identity]) {
        for body in [pausing(&page, 3000), pausing(&page, 3000).knows_its_end()] {
            let probe = body.probe();
            let body = collect(answer(&layer, coding, html(body)).into_body()).await;
            assert_same(&decoded(coding, &body.complete()), &page, coding);
            assert_eq!(probe.polls_after_end(), 0);
        }
    }
}

#[test]
fn the_end_is_told_as_often_as_it_is_asked_for() {
    let layer = CompressionLayer::new();
    let page = page(9000);
    let ends: [fn(ScriptedBody) -> ScriptedBody; 4] = [
        |body| body,
        |body| body.trailers([("x-sum", "1")]),
        |body| body.error("gone"),
        |body| body.pause().error("gone"),
    ];
    for coding in codings().chain([Encoding::Identity]) {
        for end in ends {
            for body in [ScriptedBody::new().data(page.clone()), pausing(&page, 3000)] {
                let response = answer(&layer, coding, html(end(body)));
                let mut poller = Poller::new(response.into_body());
                // The error, if there is one, comes once.
                let _ = poller.poll_until_idle();
                for _ in 0..5 {
                    assert!(
                        poller.poll().map(|frame| frame.is_none()) == std::task::Poll::Ready(true)
                    );
                    assert!(poller.body().is_end_stream());
                }
            }
        }
    }
}

#[tokio::test]
async fn the_source_is_dropped_when_it_has_ended() {
    let layer = CompressionLayer::new();
    let page = page(9000);
    for coding in codings() {
        let body = pausing(&page, 3000);
        let probe = body.probe();
        let mut poller = Poller::new(encoded(&layer, coding, html(body)));
        poller.poll_to_end();
        assert!(probe.is_dropped());
    }
}

#[tokio::test]
async fn the_head_alone_polls_no_further_than_the_first_pause() {
    let layer = CompressionLayer::new();
    for coding in codings() {
        let body = ScriptedBody::new().data(page(100)).pause().data(page(100));
        let probe = body.probe();
        let response = answer(&layer, coding, html(body));
        assert_eq!((probe.frames(), probe.polls()), (1, 2));
        drop(response);
        assert!(probe.is_dropped());
    }
}

#[tokio::test]
async fn level_and_flush_of_a_hint_are_valid_in_a_stream() {
    let layer = CompressionLayer::new();
    let page = page(30_000);
    for coding in codings() {
        for level in [
            Level::Fast,
            Level::Balanced,
            Level::Exact(0),
            Level::Exact(99),
        ] {
            for flush in [Flush::Never, Flush::EveryFrame] {
                let mut response = html(pausing(&page, 4000));
                let hint = CompressionHint::new().level(level).flush(flush);
                response.extensions_mut().insert(hint);
                let body = collect(encoded(&layer, coding, response)).await;
                assert_same(&decoded(coding, &body.complete()), &page, coding);
            }
        }
    }
}

#[tokio::test]
async fn a_body_that_is_neither_sync_nor_unpin_goes_through() {
    let layer = CompressionLayer::new();
    let page = page(9000);
    for coding in codings().chain([Encoding::Identity]) {
        for body in [ScriptedBody::new().data(page.clone()), pausing(&page, 3000)] {
            let response = answer(&layer, coding, html(Awkward::new(body)));
            let body = collect(Box::pin(response.into_body())).await;
            assert_same(&decoded(coding, &body.complete()), &page, coding);
        }
    }
}

#[tokio::test]
async fn what_was_done_is_counted_for_layer_and_clones_together() {
    let layer = CompressionLayer::new();
    let page = page(9000);
    let mut total = 0;
    for coding in codings() {
        let clone = layer.clone().flush(Flush::Never);
        let body = collect(encoded(&clone, coding, html(pausing(&page, 3000)))).await;
        total += body.complete().len() as u64;
        assert_eq!(layer.stats().encoded(coding), 1);
        assert_eq!(layer.stats().bytes_out, total);
    }
    assert_eq!(layer.stats().bytes_in, codings().count() as u64 * 9000);
    assert_eq!(layer.stats().aborted, 0);
}

type Answer<B> = Ready<Result<Response<B>, std::convert::Infallible>>;

assert_impl_all!(CompressionLayer: Clone, Send, Sync);
assert_impl_all!(Compression<()>: Clone, Send, Sync);
assert_impl_all!(ResponseFuture<Answer<Awkward<ScriptedBody>>>: Send, Future);
assert_impl_all!(ResponseBody<Awkward<ScriptedBody>>: Send, Body<Data = Bytes, Error = BoxError>);
assert_impl_all!(ResponseBody<Full<Bytes>>: Send, Unpin);
assert_not_impl_any!(ResponseBody<std::rc::Rc<()>>: Send);

#[test]
fn the_service_keeps_the_error_of_the_one_inside() {
    #[derive(Debug, PartialEq)]
    struct Mine;
    let inner = tower::service_fn(|_: Request<()>| {
        std::future::ready(Err::<Response<Full<Bytes>>, _>(Mine))
    });
    let answered =
        tower::ServiceExt::oneshot(CompressionLayer::new().layer(inner), Request::new(()));
    let answered = futures_util::FutureExt::now_or_never(answered).unwrap();
    assert_eq!(answered.map(drop), Err(Mine));
}
