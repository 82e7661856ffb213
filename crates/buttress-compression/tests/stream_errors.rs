//! A body that fails is cut, after everything that came before: no client takes
//! it for whole, and nobody else's response is worse for it.

mod support_body;

use buttress_compression::{BoxError, CompressionHint, CompressionLayer, Encoding, Flush, Level};
use buttress_testing::{Collected, Probe, Scripted, ScriptedBody, collect};
use bytes::Bytes;
use http::{Response, header::CONTENT_LENGTH};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    task::Poll,
    time::Duration,
};
use support_body::{
    answer, assert_cut_off, assert_same, codings, content_length, decoded, decoded_so_far, encoded,
    html, page, poller::Poller,
};

const MODES: [Flush; 3] = [
    Flush::Auto(Duration::from_millis(10)),
    Flush::EveryFrame,
    Flush::Never,
];

/// Asserts that all of `sent`, and then the error, came out of `body`.
fn assert_cut_after(sent: &[u8], coding: Encoding, body: &Collected<BoxError>) {
    let error = body.error.as_ref().expect("the error went missing");
    assert_eq!(Scripted::find(error.as_ref()), Some(&Scripted("gone")));
    assert!(body.trailers.is_none());
    assert_same(&decoded_so_far(coding, &body.bytes()), sent, coding);
    assert_cut_off(coding, &body.bytes());
}

#[tokio::test]
async fn an_error_met_while_collecting_comes_after_what_was_collected() {
    let layer = CompressionLayer::new();
    for coding in codings() {
        for len in [5, 4000, 100_000] {
            let page = page(len);
            let body = ScriptedBody::new().data(page.slice(..2)).empty();
            let body = body.data(page.slice(2..)).error("gone");
            let probe = body.probe();
            let mut response = html(body);
            response
                .headers_mut()
                .insert(CONTENT_LENGTH, 200_000.into());
            let response = answer(&layer, coding, response);
            assert_eq!(content_length(&response), None);
            let body = collect(response.into_body()).await;
            assert_cut_after(&page, coding, &body);
            assert_eq!(probe.polls_after_end(), 0);
        }
    }
}

#[tokio::test]
async fn an_error_before_any_data_is_an_error_and_no_empty_body() {
    let layer = CompressionLayer::new();
    for coding in codings() {
        for body in [
            ScriptedBody::new().error("gone"),
            ScriptedBody::new().empty().pause().error("gone"),
        ] {
            let body = collect(encoded(&layer, coding, html(body))).await;
            assert_cut_after(b"", coding, &body);
        }
    }
}

#[tokio::test]
async fn an_error_in_mid_stream_cuts_it_after_all_that_came_before() {
    let page = page(150_000);
    for mode in MODES {
        let layer = CompressionLayer::new().flush(mode);
        for coding in codings() {
            for frame in [700, 40_000] {
                let chunks = page.chunks(frame).map(Bytes::copy_from_slice);
                let body = chunks.fold(ScriptedBody::new(), |body, chunk| body.data(chunk).pause());
                let body = html(body.data("last words").error("gone"));
                let body = collect(encoded(&layer, coding, body)).await;
                let sent = [&page[..], b"last words"].concat();
                assert_cut_after(&sent, coding, &body);
            }
        }
        let stats = layer.stats();
        assert_eq!(stats.aborted, 2 * codings().count() as u64);
    }
}

#[tokio::test(start_paused = true)]
async fn the_server_gets_time_to_write_before_it_gets_the_error() {
    let layer = CompressionLayer::new();
    for coding in codings() {
        let body = ScriptedBody::new().data(page(4000)).error("gone");
        let mut poller = Poller::new(encoded(&layer, coding, html(body)));
        assert!(poller.poll_until_idle().is_pending());
        assert_same(&decoded_so_far(coding, poller.data()), &page(4000), coding);
        let wakes = poller.wakes();
        tokio::time::advance(Duration::from_millis(45)).await;
        assert!(poller.poll_until_idle().is_pending());
        tokio::time::advance(Duration::from_millis(6)).await;
        assert!(poller.wakes() > wakes, "nobody was woken for the error");
        assert!(matches!(poller.poll(), Poll::Ready(Some(Err(_)))));
    }
}

#[test]
fn outside_a_runtime_the_server_gets_a_poll_to_write_before_it_gets_the_error() {
    let layer = CompressionLayer::new();
    for coding in codings() {
        let body = ScriptedBody::new().data(page(4000)).error("gone");
        let mut poller = Poller::new(encoded(&layer, coding, html(body)));
        while poller.poll_busy().is_ready() {}
        assert_same(&decoded_so_far(coding, poller.data()), &page(4000), coding);
        assert!(matches!(poller.poll_busy(), Poll::Ready(Some(Err(_)))));
    }
}

/// Three responses of different kinds, encoded by `layer`.
async fn outputs(layer: &CompressionLayer, coding: Encoding) -> Vec<Bytes> {
    let page = page(90_000);
    let whole = html(ScriptedBody::new().data(page.clone()).knows_its_end());
    let bodies = [whole, html(slow(&page).0), large(&page)];
    let mut outputs = Vec::new();
    for body in bodies {
        let output = collect(encoded(layer, coding, body)).await.complete();
        assert_same(&decoded(coding, &output), &page, coding);
        outputs.push(output);
    }
    outputs
}

async fn assert_expected(layer: &CompressionLayer, coding: Encoding, expected: &[Bytes]) {
    for (output, expected) in outputs(layer, coding).await.iter().zip(expected) {
        assert_same(output, expected, coding);
    }
}

fn slow(data: &Bytes) -> (ScriptedBody, Probe) {
    let chunks = data.chunks(9000).map(Bytes::copy_from_slice);
    let body = chunks.fold(ScriptedBody::new(), |body, chunk| body.data(chunk).pause());
    let probe = body.probe();
    (body, probe)
}

fn large(data: &Bytes) -> Response<ScriptedBody> {
    let chunks = data.chunks(9000).map(Bytes::copy_from_slice);
    let mut response = html(ScriptedBody::new().chunks(chunks));
    let hint = CompressionHint::new().flush(Flush::Never);
    response.extensions_mut().insert(hint);
    response
}

/// One without time in it, so that outputs can be compared.
fn timeless() -> CompressionLayer {
    CompressionLayer::new().flush(Flush::EveryFrame)
}

#[tokio::test]
async fn an_encoder_that_was_given_up_in_mid_stream_is_as_good_as_new() {
    for coding in codings() {
        for level in [
            Level::Fast,
            Level::Balanced,
            Level::Exact(1),
            Level::Exact(9),
        ] {
            let fresh = || timeless().level(coding, level);
            let expected = outputs(&fresh(), coding).await;
            let layer = fresh().idle_encoders(1);
            for polls in [0, 1, 2, 5] {
                let (body, probe) = slow(&page(200_000));
                let mut poller = Poller::new(encoded(&layer, coding, html(body)));
                for _ in 0..polls {
                    assert!(!matches!(poller.poll(), Poll::Ready(None)));
                }
                drop(poller);
                assert!(probe.is_dropped());
                assert_expected(&layer, coding, &expected).await;
                assert_expected(&layer.clone(), coding, &expected).await;
            }
            assert_eq!(layer.stats().aborted, 4);
        }
    }
}

#[tokio::test]
async fn an_encoder_whose_body_failed_is_as_good_as_new() {
    for coding in codings() {
        let expected = outputs(&timeless(), coding).await;
        let layer = timeless().idle_encoders(1);
        let body = slow(&page(100_000)).0.error("gone");
        collect(encoded(&layer, coding, html(body))).await;
        assert_expected(&layer, coding, &expected).await;
    }
}

#[tokio::test]
async fn an_encoder_serves_one_stream_at_a_time() {
    let page = page(90_000);
    for coding in codings() {
        let layer = timeless().idle_encoders(1);
        let expected = outputs(&timeless(), coding).await;
        let mut one = Poller::new(encoded(&layer, coding, html(slow(&page).0)));
        let mut two = Poller::new(encoded(&layer, coding, html(slow(&page).0)));
        let mut ended = 0;
        while ended < 2 {
            ended = 0;
            for poller in [&mut one, &mut two] {
                let polled = poller.poll_busy();
                ended += usize::from(matches!(polled, Poll::Ready(None)));
            }
        }
        assert_same(one.data(), &expected[1], coding);
        assert_same(two.data(), &expected[1], coding);
    }
}

#[tokio::test]
async fn a_body_that_panics_breaks_nothing_else() {
    for coding in codings() {
        let expected = outputs(&timeless(), coding).await;
        let layer = timeless().idle_encoders(1);
        let while_collecting = ScriptedBody::new().data(page(4000)).panic("boom");
        let in_mid_stream = slow(&page(40_000)).0.panic("boom");
        for body in [while_collecting, in_mid_stream] {
            let probe = body.probe();
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                let mut poller = Poller::new(encoded(&layer, coding, html(body)));
                poller.poll_to_end();
            }));
            let payload = panicked.unwrap_err();
            assert_eq!(payload.downcast_ref::<String>().unwrap(), "boom");
            assert!(probe.is_dropped());
            assert_expected(&layer, coding, &expected).await;
        }
    }
}

#[tokio::test]
async fn a_stream_that_is_dropped_by_a_panic_of_its_own_task_breaks_nothing() {
    for coding in codings() {
        let expected = outputs(&timeless(), coding).await;
        let layer = timeless().idle_encoders(1);
        let body = encoded(&layer, coding, html(slow(&page(40_000)).0));
        let task = tokio::spawn(async move {
            let mut poller = Poller::new(body);
            let _ = poller.poll();
            panic!("the server's own");
        });
        assert!(task.await.unwrap_err().is_panic());
        assert_expected(&layer, coding, &expected).await;
    }
}

#[tokio::test]
async fn a_body_that_ends_before_its_declared_length_is_cut_off() {
    let layer = CompressionLayer::new();
    for coding in codings() {
        for len in [0, 5, 4000, 200_000] {
            let page = page(len);
            for streamed in [false, true] {
                let mut body = ScriptedBody::new();
                if streamed {
                    body = body.pause();
                }
                let mut response =
                    html(body.chunks(page.chunks(50_000).map(Bytes::copy_from_slice)));
                response
                    .headers_mut()
                    .insert(CONTENT_LENGTH, 300_000.into());
                let body = collect(answer(&layer, coding, response).into_body()).await;
                let error = body
                    .error
                    .as_ref()
                    .expect("a truncated body passed as whole");
                let message = format!(
                    "body ends {} bytes before its Content-Length",
                    300_000 - len
                );
                assert_eq!(error.to_string(), message, "{coding}");
                assert_same(&decoded_so_far(coding, &body.bytes()), &page, coding);
                assert_cut_off(coding, &body.bytes());
            }
        }
    }
}
