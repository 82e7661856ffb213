//! Each mode, and who has the last word on it.

use super::*;

#[tokio::test(start_paused = true)]
async fn auto_flushes_the_first_pause_at_once_and_a_later_one_when_it_lasts() {
    for coding in codings() {
        let gated = Gated::new(4);
        let mut poller = Poller::new(encoded(
            &CompressionLayer::new(),
            coding,
            html(gated.body()),
        ));
        assert!(poller.poll_until_idle().is_pending());
        assert_readable(&poller, coding, gated.start(1));

        tokio::time::advance(INTERVAL / 2).await;
        gated.open(0);
        assert!(poller.poll_until_idle().is_pending());
        assert_readable(&poller, coding, gated.start(1));

        let wakes = poller.wakes();
        tokio::time::advance(INTERVAL).await;
        assert!(poller.wakes() > wakes, "nobody was woken to flush");
        assert!(poller.poll_until_idle().is_pending());
        assert_readable(&poller, coding, gated.start(2));

        // After a long silence, a pause is flushed at once again.
        tokio::time::advance(INTERVAL * 3).await;
        gated.open(1);
        assert!(poller.poll_until_idle().is_pending());
        assert_readable(&poller, coding, gated.start(3));

        gated.open(2);
        gated.open(3);
        assert!(matches!(poller.poll_until_idle(), Poll::Ready(None)));
        assert_same(&decoded(coding, poller.data()), &gated.page, coding);
    }
}

#[tokio::test(start_paused = true)]
async fn auto_needs_no_further_wake_once_all_is_flushed() {
    for coding in codings() {
        let gated = Gated::new(2);
        let mut poller = Poller::new(encoded(
            &CompressionLayer::new(),
            coding,
            html(gated.body()),
        ));
        let _ = poller.poll_until_idle();
        let wakes = poller.wakes();
        tokio::time::advance(INTERVAL * 100).await;
        assert_eq!(poller.wakes(), wakes);
    }
}

#[tokio::test(start_paused = true)]
async fn auto_flushes_in_time_though_the_source_keeps_waking() {
    for coding in codings() {
        let gated = Gated::new(40);
        let mut poller = Poller::new(encoded(
            &CompressionLayer::new(),
            coding,
            html(gated.body()),
        ));
        let _ = poller.poll_until_idle();
        for gate in 0..39 {
            tokio::time::advance(Duration::from_millis(1)).await;
            gated.open(gate);
            let _ = poller.poll_until_idle();
            // Of what came in the last interval, nothing need be there.
            let readable = decoded_so_far(coding, poller.data()).len();
            let due = gated.start((gate + 2).saturating_sub(11)).len();
            assert!(
                readable >= due,
                "{coding} is late at {gate}: {readable} of {due}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_interval_of_auto_is_what_was_set() {
    for coding in codings() {
        for interval in [Duration::from_secs(1), Duration::MAX] {
            let layer = CompressionLayer::new().flush(Flush::Auto(interval));
            let gated = Gated::new(4);
            let mut poller = Poller::new(encoded(&layer, coding, html(gated.body())));
            let _ = poller.poll_until_idle();
            gated.open(0);
            let _ = poller.poll_until_idle();
            tokio::time::advance(Duration::from_millis(900)).await;
            let _ = poller.poll_until_idle();
            assert_readable(&poller, coding, gated.start(1));
            tokio::time::advance(Duration::from_millis(200)).await;
            let _ = poller.poll_until_idle();
            let due = if interval == Duration::MAX { 1 } else { 2 };
            assert_readable(&poller, coding, gated.start(due));
        }
        let layer = CompressionLayer::new().flush(Flush::Auto(Duration::ZERO));
        let gated = Gated::new(3);
        let mut poller = Poller::new(encoded(&layer, coding, html(gated.body())));
        for gate in 0..3 {
            let _ = poller.poll_until_idle();
            assert_readable(&poller, coding, gated.start(gate + 1));
            gated.open(gate);
        }
    }
}

#[test]
fn outside_a_runtime_auto_flushes_every_pause_without_a_timer() {
    for coding in codings() {
        let gated = Gated::new(5);
        let mut poller = Poller::new(encoded(
            &CompressionLayer::new(),
            coding,
            html(gated.body()),
        ));
        for gate in 0..5 {
            assert!(poller.poll_until_idle().is_pending());
            assert_readable(&poller, coding, gated.start(gate + 1));
            gated.open(gate);
        }
        assert!(matches!(poller.poll_until_idle(), Poll::Ready(None)));
        assert_same(&decoded(coding, poller.data()), &gated.page, coding);
    }
}

/// What 1000 chunks become that come `gap` apart.
async fn size(flush: Flush, coding: Encoding, gap: Duration) -> usize {
    let page = page(1000 * CHUNK);
    let chunks = page.chunks(CHUNK).map(Bytes::copy_from_slice);
    let body = chunks.fold(ScriptedBody::new(), |body, chunk| body.data(chunk).pause());
    let layer = CompressionLayer::new().flush(flush);
    let mut poller = Poller::new(encoded(&layer, coding, html(body)));
    loop {
        match poller.poll_busy() {
            Poll::Pending => tokio::time::advance(gap).await,
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(Some(Err(error))) => panic!("{error}"),
            Poll::Ready(None) => break,
        }
    }
    assert_same(&decoded(coding, poller.data()), &page, coding);
    poller.data().len()
}

#[tokio::test(start_paused = true)]
async fn a_thousand_small_chunks_grow_no_more_than_twice_in_auto() {
    for coding in codings() {
        let gap = Duration::from_micros(900);
        let least = size(Flush::Never, coding, gap).await;
        let auto = size(Flush::default(), coding, gap).await;
        let every = size(Flush::EveryFrame, coding, gap).await;
        let times = |size| size as f64 / least as f64;
        println!(
            "{coding}: {least} bytes unflushed, {:.2} times that in Auto, {:.2} in EveryFrame",
            times(auto),
            times(every)
        );
        assert!(auto <= 2 * least, "{coding}: {auto} and {least}");
        assert!(auto < every, "{coding}: {auto} and {every}");
    }
}

#[tokio::test(start_paused = true)]
async fn auto_does_not_flush_a_source_that_never_pauses() {
    for coding in codings() {
        let page = page(200_000);
        let mut outputs = Vec::new();
        for flush in [Flush::default(), Flush::Never] {
            let chunks = page.chunks(1000).map(Bytes::copy_from_slice);
            let body = html(ScriptedBody::new().chunks(chunks));
            let layer = CompressionLayer::new().flush(flush);
            let mut poller = Poller::new(encoded(&layer, coding, body));
            poller.poll_to_end();
            outputs.push(poller.data().to_vec());
        }
        assert_same(&outputs[0], &outputs[1], coding);
    }
}

#[tokio::test]
async fn every_frame_is_readable_before_the_next_although_nothing_pauses() {
    for coding in codings() {
        let layer = CompressionLayer::new().flush(Flush::EveryFrame);
        let page = page(20 * CHUNK);
        let chunks = page.chunks(CHUNK).map(Bytes::copy_from_slice);
        let body = ScriptedBody::new().pause().chunks(chunks);
        let probe = body.probe();
        let mut poller = Poller::new(encoded(&layer, coding, html(body)));
        for frames in 1..=20 {
            while poller.poll_busy().is_pending() {}
            assert_eq!(probe.frames(), frames, "{coding} waits for more");
            assert_readable(&poller, coding, &page[..frames * CHUNK]);
        }
    }
}

#[tokio::test]
async fn events_and_unbuffered_responses_are_flushed_after_every_frame() {
    let layer = CompressionLayer::new()
        .flush(Flush::Never)
        .predicate(|_: &http::response::Parts| true);
    let unbuffered = |value: &'static str, body| {
        let mut response = html(body);
        let headers = response.headers_mut();
        headers.insert("x-accel-buffering", value.parse().unwrap());
        response
    };
    let typed = |media_type: &'static str, body| {
        let response = Response::builder().header("content-type", media_type);
        response.body(body).unwrap()
    };
    type Make<'a> = &'a dyn Fn(ScriptedBody) -> Response<ScriptedBody>;
    let cases: [(Make<'_>, bool); 9] = [
        (&events, true),
        (&|body| typed("Text/Event-Stream;charset=utf-8", body), true),
        (&|body| typed("application/grpc-web+proto", body), true),
        (&|body| typed("application/grpc-web-text", body), true),
        (&|body| unbuffered("no", body), true),
        (&|body| unbuffered("NO", body), true),
        (&|body| unbuffered("yes", body), false),
        (&|body| typed("text/event-streams", body), false),
        (&html, false),
    ];
    for coding in codings() {
        for (case, (response, flushed)) in cases.iter().enumerate() {
            let gated = Gated::new(2);
            let mut poller = Poller::new(encoded(&layer, coding, response(gated.body())));
            let _ = poller.poll_until_idle();
            let readable = decoded_so_far(coding, poller.data());
            assert_eq!(
                readable == gated.start(1),
                *flushed,
                "{coding}, case {case}"
            );
        }
    }
}

#[tokio::test]
async fn a_hint_goes_before_type_and_layer() {
    for coding in codings() {
        let gated = Gated::new(2);
        let mut response = events(gated.body());
        let hint = CompressionHint::new().flush(Flush::Never);
        response.extensions_mut().insert(hint);
        let mut poller = Poller::new(encoded(&CompressionLayer::new(), coding, response));
        let _ = poller.poll_until_idle();
        assert_readable(&poller, coding, b"");
    }
}

#[tokio::test(start_paused = true)]
async fn never_hands_on_at_the_end_and_when_it_is_told_to() {
    let layer = CompressionLayer::new().flush(Flush::Never);
    for coding in codings() {
        let (gated, handle) = (Gated::new(4), FlushHandle::new());
        let response = with_handle(html(gated.body()), &handle);
        let mut poller = Poller::new(encoded(&layer, coding, response));
        let _ = poller.poll_until_idle();
        gated.open(0);
        let _ = poller.poll_until_idle();
        tokio::time::advance(Duration::from_secs(3600)).await;
        let _ = poller.poll_until_idle();
        assert_readable(&poller, coding, b"");

        let wakes = poller.wakes();
        handle.flush();
        assert!(poller.wakes() > wakes, "nobody was woken to flush");
        let _ = poller.poll_until_idle();
        assert_readable(&poller, coding, gated.start(2));

        gated.open(1);
        let _ = poller.poll_until_idle();
        assert_readable(&poller, coding, gated.start(2));

        gated.open(2);
        gated.open(3);
        assert!(matches!(poller.poll_until_idle(), Poll::Ready(None)));
        assert_same(&decoded(coding, poller.data()), &gated.page, coding);
    }
}
