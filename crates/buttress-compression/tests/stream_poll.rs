//! No poll runs long, and none comes to nothing without asking for another.

mod support_body;

use buttress_compression::{CompressionLayer, Encoding, Flush};
use buttress_testing::{ScriptedBody, corpus};
use bytes::Bytes;
use http_body::{Body, Frame};
use http_body_util::Full;
use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};
use support_body::{assert_same, codings, decoded, encoded, html, page, poller::Poller};

/// Output of one poll: what one call of the encoder makes, and a little that
/// waited for more.
const OUTPUT: usize = 17 << 10;

/// Input after which a poll yields, as the crate's docs have it.
fn input_per_poll(coding: Encoding) -> usize {
    match coding {
        Encoding::Zstd => 128 << 10,
        _ => 32 << 10,
    }
}

/// 64 MiB of zeros, and JSON that repeats itself.
fn large_bodies(coding: Encoding) -> [Bytes; 2] {
    // brotli takes its time over the JSON.
    let repetitions = if coding == Encoding::Br { 130 } else { 800 };
    let json = corpus::json(800).repeat(repetitions);
    [corpus::zeros(64 << 20).into(), json.into()]
}

/// Polls to the end; the largest output of a poll must be within bounds.
fn poll_to_end<B>(poller: &mut Poller<B>, mut after_each: impl FnMut(usize))
where
    B: Body<Data = Bytes, Error = buttress_compression::BoxError>,
{
    loop {
        let polled = poller.poll_busy();
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            let output = frame.data_ref().map_or(0, Bytes::len);
            assert!(output <= OUTPUT, "{output} bytes in one poll");
        }
        after_each(poller.polls());
        match polled {
            Poll::Ready(None) => return,
            Poll::Ready(Some(Err(error))) => panic!("{error}"),
            _ => {}
        }
    }
}

#[test]
fn a_large_frame_is_taken_in_small_bites() {
    for coding in codings() {
        for body in large_bodies(coding) {
            let response = html(Full::new(body.clone()));
            let mut poller = Poller::new(encoded(&CompressionLayer::new(), coding, response));
            poll_to_end(&mut poller, |_| ());
            let polls = body.len() / input_per_poll(coding);
            assert!(poller.polls() >= polls, "{coding}: {}", poller.polls());
            assert_same(&decoded(coding, poller.data()), &body, coding);
        }
    }
}

#[test]
fn many_frames_are_taken_a_few_at_a_time() {
    const FRAME: usize = 10_000;
    for coding in codings() {
        for body in large_bodies(coding) {
            let body = body.slice(..8 << 20);
            let frames = body.chunks(FRAME).map(|chunk| body.slice_ref(chunk));
            let source = ScriptedBody::new().chunks(frames);
            let probe = source.probe();
            let layer = CompressionLayer::new();
            let mut poller = Poller::new(encoded(&layer, coding, html(source)));
            let mut before = usize::try_from(probe.bytes()).unwrap();
            poll_to_end(&mut poller, |poll| {
                let after = usize::try_from(probe.bytes()).unwrap();
                let taken = after - before;
                let most = input_per_poll(coding) + FRAME;
                assert!(taken <= most, "{coding}: {taken} bytes in poll {poll}");
                before = after;
            });
            assert_same(&decoded(coding, poller.data()), &body, coding);
        }
    }
}

#[test]
fn noise_is_handed_on_as_it_is_made() {
    let noise = Bytes::from(corpus::random(1 << 20, 1));
    for coding in codings() {
        let frames = noise.chunks(50_000).map(|chunk| noise.slice_ref(chunk));
        let body = html(ScriptedBody::new().chunks(frames));
        let mut poller = Poller::new(encoded(&CompressionLayer::new(), coding, body));
        poll_to_end(&mut poller, |_| ());
        assert_same(&decoded(coding, poller.data()), &noise, coding);
    }
}

#[test]
fn tiny_frames_are_taken_a_few_at_a_time() {
    let page = page(60_000);
    for coding in codings() {
        for flush in [Flush::default(), Flush::EveryFrame] {
            let frames = page.chunks(1).map(|chunk| page.slice_ref(chunk));
            let source = ScriptedBody::new().chunks(frames);
            let probe = source.probe();
            let layer = CompressionLayer::new().flush(flush);
            let mut poller = Poller::new(encoded(&layer, coding, html(source)));
            let mut before = probe.polls();
            poll_to_end(&mut poller, |_| {
                assert!(probe.polls() - before <= 256, "{}", probe.polls() - before);
                before = probe.polls();
            });
            assert_same(&decoded(coding, poller.data()), &page, coding);
        }
    }
}

/// One frame of data, and then empty ones for ever, without a pause.
#[derive(Default)]
struct Nothing {
    polls: Arc<AtomicUsize>,
}

impl Body for Nothing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let first = self.polls.fetch_add(1, Ordering::SeqCst) == 0;
        let data = if first { page(5000) } else { Bytes::new() };
        Poll::Ready(Some(Ok(Frame::data(data))))
    }
}

#[test]
fn a_source_of_empty_frames_without_end_does_not_keep_a_poll() {
    for coding in codings() {
        for flush in [Flush::default(), Flush::EveryFrame, Flush::Never] {
            let layer = CompressionLayer::new().flush(flush);
            let source = Nothing::default();
            let polls = Arc::clone(&source.polls);
            let mut poller = Poller::new(encoded(&layer, coding, html(source)));
            let mut before = 0;
            for _ in 0..100 {
                let now = polls.load(Ordering::SeqCst);
                assert!(now - before <= 256, "{} polls of the source", now - before);
                before = now;
                assert!(!matches!(poller.poll_busy(), Poll::Ready(None)));
            }
        }
    }
}

#[test]
fn a_body_that_waits_is_not_polled_in_a_loop() {
    let layer = CompressionLayer::new();
    for coding in codings() {
        let gate = buttress_testing::Gate::new();
        let source = ScriptedBody::new().data(page(5000)).hold(&gate);
        let probe = source.probe();
        let mut poller = Poller::new(encoded(&layer, coding, html(source)));
        assert!(poller.poll_until_idle().is_pending());
        let (polls, wakes) = (probe.polls(), poller.wakes());
        assert!(poller.poll().is_pending());
        assert_eq!(probe.polls(), polls + 1);
        assert_eq!(poller.wakes(), wakes, "woken for nothing");
        gate.open();
        assert!(poller.wakes() > wakes);
        poller.poll_to_end();
        assert_same(&decoded(coding, poller.data()), &page(5000), coding);
    }
}
