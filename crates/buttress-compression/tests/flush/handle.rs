//! Flushing by hand.

use super::*;

#[tokio::test]
async fn a_handle_flushes_in_every_mode_from_any_thread() {
    for coding in codings() {
        for flush in [Flush::Never, Flush::Auto(Duration::MAX), Flush::EveryFrame] {
            let layer = CompressionLayer::new().flush(flush);
            let (gated, handle) = (Gated::new(6), FlushHandle::new());
            let response = with_handle(html(gated.body()), &handle);
            let mut poller = Poller::new(encoded(&layer, coding, response));
            for gate in 0..6 {
                let _ = poller.poll_until_idle();
                let handle = handle.clone();
                std::thread::spawn(move || handle.flush()).join().unwrap();
                let _ = poller.poll_until_idle();
                assert_readable(&poller, coding, gated.start(gate + 1));
                gated.open(gate);
            }
        }
    }
}

#[tokio::test]
async fn a_flush_before_the_first_poll_covers_what_was_there() {
    let layer = CompressionLayer::new().flush(Flush::Never);
    for coding in codings() {
        for before_the_answer in [true, false] {
            let (gated, handle) = (Gated::new(2), FlushHandle::new());
            if before_the_answer {
                handle.flush();
            }
            let body = encoded(&layer, coding, with_handle(html(gated.body()), &handle));
            if !before_the_answer {
                handle.flush();
            }
            let mut poller = Poller::new(body);
            let _ = poller.poll_until_idle();
            assert_readable(&poller, coding, gated.start(1));
            gated.open(0);
            let _ = poller.poll_until_idle();
            assert_readable(&poller, coding, gated.start(1));
        }
    }
}

#[tokio::test]
async fn a_flush_covers_every_piece_that_waits_to_be_read() {
    let layer = CompressionLayer::new().flush(Flush::Never);
    for coding in codings() {
        let (page, handle) = (page(3 * CHUNK), FlushHandle::new());
        let (written, more) = (Gate::new(), Gate::new());
        let pieces = page.chunks(CHUNK).map(Bytes::copy_from_slice);
        let body = ScriptedBody::new()
            .hold(&written)
            .chunks(pieces)
            .hold(&more);
        let body = encoded(&layer, coding, with_handle(html(body), &handle));
        written.open();
        handle.flush();
        let mut poller = Poller::new(body);
        let _ = poller.poll_until_idle();
        assert_readable(&poller, coding, &page);
    }
}

#[tokio::test]
async fn a_flush_reaches_a_stream_whose_source_is_always_ready() {
    let layer = CompressionLayer::new().flush(Flush::Never);
    let page = page(200_000);
    for coding in codings() {
        let handle = FlushHandle::new();
        let chunks = page.chunks(50).map(Bytes::copy_from_slice);
        let body = ScriptedBody::new().chunks(chunks);
        let probe = body.probe();
        let response = with_handle(html(body), &handle);
        let mut poller = Poller::new(encoded(&layer, coding, response));
        let _ = poller.poll_busy();
        let yielded = usize::try_from(probe.bytes()).unwrap();
        handle.flush();
        let _ = poller.poll_busy();
        let _ = poller.poll_busy();
        assert!(!probe.is_finished());
        let readable = decoded_so_far(coding, poller.data()).len();
        assert!(readable >= yielded, "{coding}: {readable} of {yielded}");
        poller.poll_to_end();
        assert_same(&decoded(coding, poller.data()), &page, coding);
    }
}

#[tokio::test]
async fn a_flush_of_nothing_sends_nothing() {
    let layer = CompressionLayer::new().flush(Flush::Never);
    for coding in codings() {
        let (gated, handle) = (Gated::new(2), FlushHandle::new());
        let response = with_handle(html(gated.body()), &handle);
        let mut poller = Poller::new(encoded(&layer, coding, response));
        handle.flush();
        let _ = poller.poll_until_idle();
        let sent = poller.data().len();
        for _ in 0..3 {
            handle.flush();
            handle.flush();
            let _ = poller.poll_until_idle();
        }
        assert_eq!(poller.data().len(), sent, "{coding}");
        // And what comes later is flushed all the same.
        gated.open(0);
        let _ = poller.poll_until_idle();
        handle.flush();
        let _ = poller.poll_until_idle();
        assert_readable(&poller, coding, gated.start(2));
    }
}

#[tokio::test]
async fn a_flush_after_the_end_or_of_another_kind_of_body_does_nothing() {
    let layer = CompressionLayer::new();
    for coding in codings().chain([Encoding::Identity]) {
        for pauses in [true, false] {
            let (page, handle) = (page(4000), FlushHandle::new());
            let mut body = ScriptedBody::new().data(page.clone());
            if pauses {
                body = body.pause();
            }
            let response = answer(&layer, coding, with_handle(html(body), &handle));
            let mut poller = Poller::new(response.into_body());
            handle.flush();
            poller.poll_to_end();
            let len = poller.data().len();
            for _ in 0..3 {
                handle.flush();
                assert!(matches!(poller.poll(), Poll::Ready(None)));
            }
            assert_eq!(poller.data().len(), len);
            assert_same(&decoded(coding, poller.data()), &page, coding);
            drop(poller);
            handle.flush();
        }
    }
}

/// A body that another thread writes to.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<(VecDeque<Bytes>, Option<Waker>)>>);

impl Written {
    fn write(&self, data: Bytes) {
        let mut shared = self.0.lock().unwrap();
        shared.0.push_back(data);
        let waker = shared.1.take();
        drop(shared);
        waker.into_iter().for_each(Waker::wake);
    }
}

impl Body for Written {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let mut shared = self.0.lock().unwrap();
        if let Some(data) = shared.0.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        shared.1 = Some(cx.waker().clone());
        Poll::Pending
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_flush_of_another_thread_is_missed() {
    const CHUNKS: usize = 200;
    let page = page(CHUNKS * CHUNK);
    for coding in codings() {
        let layer = CompressionLayer::new().flush(Flush::Never);
        let (source, handle) = (Written::default(), FlushHandle::new());
        let response = with_handle(html(source.clone()), &handle);
        let mut body = encoded(&layer, coding, response);
        let (read, was_read) = mpsc::channel();
        let chunks = page.clone();
        let writer = std::thread::spawn(move || {
            for chunk in chunks.chunks(CHUNK) {
                source.write(Bytes::copy_from_slice(chunk));
                handle.flush();
                was_read.recv().expect("the reader goes on");
            }
        });
        let mut received = Vec::new();
        for chunks in 1..=CHUNKS {
            while decoded_so_far(coding, &received) != page[..chunks * CHUNK] {
                let frame = within("a flushed chunk", body.frame()).await;
                let data = frame.unwrap().unwrap().into_data().unwrap();
                received.extend_from_slice(&data);
            }
            read.send(()).unwrap();
        }
        writer.join().unwrap();
    }
}

#[tokio::test]
async fn a_handle_that_is_kept_keeps_no_waker_of_a_body_that_is_gone() {
    struct Task;
    impl std::task::Wake for Task {
        fn wake(self: Arc<Self>) {}
    }
    let layer = CompressionLayer::new();
    for coding in codings() {
        let (gated, handle) = (Gated::new(1), FlushHandle::new());
        let mut body = Box::pin(encoded(
            &layer,
            coding,
            with_handle(html(gated.body()), &handle),
        ));
        let task = Arc::new(Task);
        let waker = Waker::from(task.clone());
        let mut cx = Context::from_waker(&waker);
        while body.as_mut().poll_frame(&mut cx).is_ready() {}
        drop((body, waker, gated));
        assert_eq!(Arc::strong_count(&task), 1, "{coding}");
        handle.flush();
    }
}
