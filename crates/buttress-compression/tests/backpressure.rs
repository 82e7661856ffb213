//! A reader that takes its time is not read ahead of.

mod support_body;

use buttress_compression::{CompressionLayer, Encoding};
use buttress_testing::{Server, corpus, h1, h2, wire::Piece};
use bytes::Bytes;
use http::{Response, header::CONTENT_TYPE};
use http_body::{Body, Frame};
use http_body_util::Either;
use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};
use support_body::{codings, decoded_so_far, encoded, html, poller::Poller, service_of};

/// What the layer reads ahead to find out whether a body is complete.
const AHEAD: usize = 64 << 10;
const FRAME: usize = 8 << 10;

/// Noise without end, always ready: a byte of it is about a byte of output.
#[derive(Clone)]
struct Endless {
    noise: Bytes,
    pulled: Arc<AtomicUsize>,
    alive: Arc<()>,
}

impl Endless {
    fn new() -> Self {
        Self {
            noise: corpus::random(FRAME, 1).into(),
            pulled: Arc::default(),
            alive: Arc::default(),
        }
    }

    fn pulled(&self) -> usize {
        self.pulled.load(Ordering::SeqCst)
    }
}

impl Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let pulled = self.pulled.fetch_add(FRAME, Ordering::SeqCst);
        // Another start each time, so that nothing can be found again.
        let mut frame = self.noise.to_vec();
        let mut key = (pulled as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for byte in &mut frame {
            key ^= key << 13;
            key ^= key >> 7;
            key ^= key << 17;
            *byte ^= key.to_le_bytes()[3];
        }
        Poll::Ready(Some(Ok(Frame::data(frame.into()))))
    }
}

/// Input that an encoder may hold back before it writes: a block of the codec.
fn held_back(coding: Encoding) -> usize {
    match coding {
        // A metablock is as long as brotli's buffer: twice its window.
        Encoding::Br => 512 << 10,
        Encoding::Zstd => 128 << 10,
        _ => 64 << 10,
    }
}

#[test]
fn nothing_is_pulled_while_nobody_polls() {
    let layer = CompressionLayer::new();
    for coding in codings() {
        let source = Endless::new();
        let body = encoded(&layer, coding, html(source.clone()));
        assert!(source.pulled() <= AHEAD + FRAME);
        let pulled = source.pulled();
        let mut poller = Poller::new(body);
        assert_eq!(source.pulled(), pulled);
        for _ in 0..50 {
            let before = source.pulled();
            let _ = poller.poll_busy();
            let taken = source.pulled() - before;
            assert!(taken <= (128 << 10) + FRAME, "{coding}: {taken} in a poll");
        }
    }
}

#[test]
fn what_is_pulled_ahead_of_the_reader_is_bounded() {
    let layer = CompressionLayer::new();
    for coding in codings() {
        let source = Endless::new();
        let mut poller = Poller::new(encoded(&layer, coding, html(source.clone())));
        let most = FRAME + held_back(coding).max(AHEAD);
        while poller.data().len() < 4 << 20 {
            let _ = poller.poll_busy();
            let ahead = source.pulled().saturating_sub(poller.data().len());
            assert!(ahead <= most, "{coding}: {ahead} bytes ahead");
        }
    }
}

#[test]
fn a_reader_that_leaves_lets_the_source_go() {
    let layer = CompressionLayer::new();
    for coding in codings() {
        let source = Endless::new();
        let mut poller = Poller::new(encoded(&layer, coding, html(source.clone())));
        let _ = poller.poll_busy();
        assert_eq!(Arc::strong_count(&source.alive), 2);
        drop(poller);
        assert_eq!(Arc::strong_count(&source.alive), 1);
    }
    assert_eq!(layer.stats().aborted, codings().count() as u64);
}

/// An endless body at `/`, and an empty one elsewhere.
fn route(source: &Endless, path: &str) -> Response<Either<Endless, String>> {
    let body = match path {
        "/" => Either::Left(source.clone()),
        _ => Either::Right(String::new()),
    };
    let response = Response::builder().header(CONTENT_TYPE, "text/html");
    response.body(body).unwrap()
}

#[tokio::test]
async fn over_h2_the_source_stops_with_the_window_of_the_client() {
    // The window of a stream, as HTTP/2 begins with (RFC 9113 §6.9.2).
    const WINDOW: usize = 65_535;
    for coding in codings() {
        let source = Endless::new();
        let served = source.clone();
        let service = service_of(&CompressionLayer::new(), move |request| {
            route(&served, request.uri().path())
        });
        let server = Server::h2(service).await;
        let mut client = h2::Connection::open(server.addr()).await;
        let exchange = client
            .get("/", &[("accept-encoding", coding.as_str())])
            .await;
        // Nothing is read, while the connection does other work. (Its window
        // is used up too, so that is without data.)
        for _ in 0..50 {
            assert_eq!(client.get("/empty", &[]).await.head.status, 200);
        }
        let pulled = source.pulled();
        // One more piece waits for capacity, outside of the layer.
        let most = WINDOW + (17 << 10) + AHEAD + FRAME + held_back(coding);
        assert!(pulled <= most, "{coding}: {pulled} bytes pulled");
        drop(exchange);
        drop(client);
        server.stop().await;
        assert_eq!(Arc::strong_count(&source.alive), 1);
    }
}

#[tokio::test]
async fn over_h1_the_source_follows_the_reader() {
    for coding in codings() {
        let source = Endless::new();
        let served = source.clone();
        let service = service_of(&CompressionLayer::new(), move |request| {
            route(&served, request.uri().path())
        });
        let server = Server::h1(service).await;
        let mut client = h1::Connection::open(server.addr()).await;
        client
            .get("/", &[("accept-encoding", coding.as_str())])
            .await;
        let mut received = Vec::new();
        while received.len() < 1 << 20 {
            match client.piece().await {
                Piece::Data(data) => received.extend_from_slice(&data),
                other => panic!("{other:?}"),
            }
        }
        let readable = decoded_so_far(coding, &received).len();
        assert!(readable <= source.pulled());
        assert!(
            readable + held_back(coding) > 1 << 20,
            "{coding}: {readable}"
        );
        drop(client);
        server.stop().await;
        assert_eq!(Arc::strong_count(&source.alive), 1);
    }
}
