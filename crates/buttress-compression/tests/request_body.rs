//! What a decoded body owes to its reader and to its source.
#![cfg(all(
    feature = "gzip",
    feature = "deflate",
    feature = "br",
    feature = "zstd"
))]

mod request_support;

use buttress_compression::{Encoding, RequestBody, RequestDecompressionLayer};
use buttress_testing::{Gate, ScriptedBody, corpus, service};
use flate2::{
    Compression,
    read::{GzDecoder, ZlibDecoder},
    write::{GzEncoder, ZlibEncoder},
};
use http::{Request, Response};
use http_body::Body;
use http_body_util::BodyExt;
use request_support::{ALL, bomb, encode, exchange, request, unlimited};
use std::{
    convert::Infallible,
    future::poll_fn,
    io::{Read, Write},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};
use tower::{Layer, ServiceExt};

fn layer() -> RequestDecompressionLayer {
    RequestDecompressionLayer::new()
}

/// The body that a handler gets for `request`, taken out of it.
async fn decoded(
    layer: &RequestDecompressionLayer,
    request: Request<ScriptedBody>,
) -> RequestBody<ScriptedBody> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let mut sender = Some(sender);
    let handler = service::ready_fn(move |request: Request<RequestBody<ScriptedBody>>| {
        let sender = sender.take().expect("called twice");
        sender.send(request.into_body()).expect("nobody waits");
        std::future::ready(Ok::<_, Infallible>(Response::new(ScriptedBody::new())))
    });
    let Ok(_) = layer.layer(handler).oneshot(request).await;
    receiver.await.expect("no body was sent")
}

async fn next_data(body: &mut RequestBody<ScriptedBody>) -> Option<usize> {
    let frame = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await?;
    Some(frame.unwrap().into_data().unwrap().len())
}

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_reader_in_a_hurry_is_paused_again_and_again() {
    for encoding in ALL {
        let source = ScriptedBody::new().data(bomb(encoding, 4 << 20));
        let mut body = decoded(&unlimited(), request(encoding.as_str(), source)).await;
        let wakes = Arc::new(Wakes::default());
        let waker = Waker::from(wakes.clone());
        let (mut total, mut run, mut pauses) = (0, 0, 0);
        loop {
            match Pin::new(&mut body).poll_frame(&mut Context::from_waker(&waker)) {
                Poll::Ready(Some(frame)) => run += frame.unwrap().into_data().unwrap().len(),
                Poll::Ready(None) => break,
                Poll::Pending => {
                    pauses += 1;
                    assert_eq!(wakes.0.load(Ordering::SeqCst), pauses, "nobody was woken");
                    total += std::mem::take(&mut run);
                }
            }
            assert!(run <= 144 * 1024, "{encoding}: {run} bytes without a pause");
        }
        assert_eq!(total + run, 4 << 20);
    }
}

/// A gzip header with a name that goes on for ever: not one decoded byte.
fn endless_name() -> ScriptedBody {
    ScriptedBody::new().data([0x1f, 0x8b, 8, 0b1000, 0, 0, 0, 0, 0, 255].to_vec())
}

#[tokio::test]
async fn a_reader_in_a_hurry_is_paused_where_nothing_comes_out() {
    let source = endless_name().chunks(std::iter::repeat_n("n", 10_000));
    let probe = source.probe();
    let mut body = decoded(&layer(), request("gzip", source)).await;
    let mut context = Context::from_waker(Waker::noop());
    let mut read = 0;
    loop {
        let polled = Pin::new(&mut body).poll_frame(&mut context);
        let polls = probe.polls() - read;
        assert!(polls <= 128, "{polls} frames were read in one go");
        read += polls;
        if polled.is_ready() {
            break;
        }
    }
    assert_eq!(probe.frames(), 10_001);
}

#[tokio::test]
async fn a_reader_in_a_hurry_is_paused_within_a_long_frame() {
    let source = endless_name().data(vec![b'n'; 1 << 20]);
    let exchange = exchange(&layer(), request("gzip", source)).await;
    assert_eq!(exchange.status, 400);
    // One for each 16 KiB, since nothing comes of them.
    assert_eq!(exchange.seen().body.pauses, 64);
}

#[tokio::test]
async fn ordinary_data_is_not_paused_for_what_it_is() {
    for body in [corpus::json(10_000), corpus::random(1 << 20, 1)] {
        for encoding in ALL {
            let encoded = encode(encoding, &body);
            let moved = body.len() + encoded.len();
            let source = ScriptedBody::new().data(encoded);
            let exchange = exchange(&layer(), request(encoding.as_str(), source)).await;
            assert_eq!(exchange.decoded(), body);
            let pauses = exchange.seen().body.pauses;
            let expected = moved / (128 * 1024);
            assert!(
                pauses.abs_diff(expected) <= 2,
                "{encoding}: {pauses}, not {expected}"
            );
        }
    }
}

#[tokio::test]
async fn a_source_that_pauses_by_itself_is_not_paused_more() {
    let mut source = endless_name();
    for _ in 0..500 {
        source = source.data(vec![b'n'; 1000]).pause();
    }
    let exchange = exchange(&layer(), request("gzip", source)).await;
    assert_eq!(exchange.seen().body.pauses, 500);
}

/// How many bytes the codec's own library reads from the start of a stream.
fn readable(encoding: Encoding, start: &[u8]) -> usize {
    let mut reader: Box<dyn Read + '_> = match encoding {
        Encoding::Gzip => Box::new(GzDecoder::new(start)),
        Encoding::Deflate => Box::new(ZlibDecoder::new(start)),
        Encoding::Br => Box::new(brotli::Decompressor::new(start, 4096)),
        _ => Box::new(zstd::Decoder::new(start).unwrap()),
    };
    let (mut total, mut buffer) = (0, [0; 4096]);
    while let Ok(len @ 1..) = reader.read(&mut buffer) {
        total += len;
    }
    total
}

#[tokio::test]
async fn the_source_is_polled_only_when_its_last_frame_is_used_up() {
    for encoding in ALL {
        let encoded = encode(encoding, &corpus::json(5000));
        let (first, second) = encoded.split_at(encoded.len() / 2);
        let in_first = readable(encoding, first);
        assert!(
            in_first > 100_000,
            "{encoding} gives {in_first} bytes at first"
        );

        let source = ScriptedBody::new().chunks([first.to_vec(), second.to_vec()]);
        let probe = source.probe();
        let mut body = decoded(&layer(), request(encoding.as_str(), source)).await;
        assert_eq!(
            probe.polls(),
            0,
            "{encoding} was read before it was asked for"
        );
        let mut given = 0;
        while given < in_first {
            given += next_data(&mut body).await.expect("ended");
            assert_eq!(probe.frames(), 1, "{encoding} after {given} of {in_first}");
        }
        assert_eq!(given, in_first);
    }
}

#[tokio::test]
async fn what_is_decoded_comes_out_before_the_source_goes_on() {
    for encoding in ALL {
        let [start, _] = flushed(encoding, [b"first", b"second"]);
        let source = ScriptedBody::new().data(start).hold(&Gate::default());
        let mut body = decoded(&layer(), request(encoding.as_str(), source)).await;
        let frame = poll_fn(|cx| Poll::Ready(Pin::new(&mut body).poll_frame(cx))).await;
        let Poll::Ready(Some(Ok(frame))) = frame else {
            panic!("{encoding} held its data back");
        };
        assert_eq!(frame.into_data().unwrap(), "first");
    }
}

/// A stream of two texts, cut where the encoder was flushed between them.
fn flushed(encoding: Encoding, texts: [&[u8]; 2]) -> [Vec<u8>; 2] {
    fn halves<W: Write>(
        mut encoder: W,
        texts: [&[u8]; 2],
        written: fn(&W) -> usize,
        finish: fn(W) -> Vec<u8>,
    ) -> [Vec<u8>; 2] {
        encoder.write_all(texts[0]).unwrap();
        encoder.flush().unwrap();
        let cut = written(&encoder);
        encoder.write_all(texts[1]).unwrap();
        let mut start = finish(encoder);
        let rest = start.split_off(cut);
        [start, rest]
    }
    let level = Compression::new(6);
    match encoding {
        Encoding::Gzip => halves(
            GzEncoder::new(Vec::new(), level),
            texts,
            |encoder| encoder.get_ref().len(),
            |encoder| encoder.finish().unwrap(),
        ),
        Encoding::Deflate => halves(
            ZlibEncoder::new(Vec::new(), level),
            texts,
            |encoder| encoder.get_ref().len(),
            |encoder| encoder.finish().unwrap(),
        ),
        Encoding::Br => halves(
            brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22),
            texts,
            |encoder| encoder.get_ref().len(),
            |encoder| encoder.into_inner(),
        ),
        _ => halves(
            zstd::Encoder::new(Vec::new(), 3).unwrap(),
            texts,
            |encoder| encoder.get_ref().len(),
            |encoder| encoder.finish().unwrap(),
        ),
    }
}

#[tokio::test]
async fn a_source_may_pause_where_a_frame_is_just_full() {
    let text = corpus::html(40_000);
    for encoding in ALL {
        for len in [16 * 1024 - 1, 16 * 1024, 16 * 1024 + 1, 32 * 1024] {
            let [start, rest] = flushed(encoding, [&text[..len], &text[len..]]);
            let source = ScriptedBody::new().data(start).pause().data(rest);
            let exchange = exchange(&layer(), request(encoding.as_str(), source)).await;
            assert_eq!(exchange.decoded(), text, "{encoding} at {len}");
        }
    }
}

#[tokio::test]
async fn trailers_come_after_the_data() {
    for encoding in ALL {
        let source = ScriptedBody::new()
            .data(encode(encoding, b"hello"))
            .empty()
            .trailers([("x-sum", "42"), ("server-timing", "a")]);
        let exchange = exchange(&layer(), request(encoding.as_str(), source)).await;
        assert_eq!(exchange.decoded(), "hello");
        let trailers = exchange.seen().body.trailers.as_ref().expect("no trailers");
        assert_eq!(
            (trailers.len(), &trailers["x-sum"]),
            (2, &"42".parse().unwrap())
        );
    }
}

#[tokio::test]
async fn trailers_lose_the_digests_of_the_encoded_bytes() {
    for digest in ["content-md5", "content-digest", "repr-digest", "digest"] {
        let body = encode(ALL[0], b"hello");
        let source = ScriptedBody::new().data(body.clone());
        let with_other = source.trailers([(digest, "abc"), ("x-sum", "42")]);
        let kept = exchange(&layer(), request(ALL[0].as_str(), with_other)).await;
        assert_eq!(kept.decoded(), "hello");
        let trailers = kept.seen().body.trailers.as_ref().expect("no trailers");
        assert_eq!(trailers.keys().collect::<Vec<_>>(), ["x-sum"]);

        let alone = ScriptedBody::new().data(body).trailers([(digest, "abc")]);
        let none = exchange(&layer(), request(ALL[0].as_str(), alone)).await;
        assert_eq!(none.decoded(), "hello");
        assert!(none.seen().body.trailers.is_none());
    }
}

#[tokio::test]
async fn the_end_is_known_with_the_last_frame_where_the_source_knows_its_own() {
    for encoding in ALL {
        let source = ScriptedBody::new()
            .data(encode(encoding, b"hello"))
            .knows_its_end();
        let mut body = decoded(&layer(), request(encoding.as_str(), source)).await;
        assert!(!body.is_end_stream());
        assert_eq!(body.size_hint().exact(), None);
        assert_eq!(next_data(&mut body).await, Some(5));
        assert!(body.is_end_stream());
        assert_eq!(body.size_hint().exact(), Some(0));
    }
}

#[tokio::test]
async fn a_source_that_ends_early_is_no_end() {
    for encoding in ALL {
        let mut cut = encode(encoding, b"hello");
        cut.pop();
        let source = ScriptedBody::new().data(cut).knows_its_end();
        let mut body = decoded(&layer(), request(encoding.as_str(), source)).await;
        let mut failed = false;
        while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            failed = frame.is_err();
            assert_eq!(body.is_end_stream(), failed, "{encoding}");
        }
        assert!(failed);
    }
}

#[tokio::test]
async fn after_an_error_comes_nothing_and_the_source_is_left_alone() {
    for encoding in ALL {
        // Not one of the four begins like this.
        let source = ScriptedBody::new()
            .data([0x11; 8].to_vec())
            .data("never read");
        let probe = source.probe();
        let mut body = decoded(&layer(), request(encoding.as_str(), source)).await;
        let frame = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
        assert!(frame.expect("no error").is_err(), "{encoding}");
        for _ in 0..3 {
            assert!(body.is_end_stream());
            assert_eq!(next_data(&mut body).await, None);
        }
        assert_eq!(probe.polls(), 1);
    }
}

#[tokio::test]
async fn what_is_passed_on_ends_at_an_error_too() {
    let source = || ScriptedBody::new().error("broken").data("never read");
    let (plain, answer) = (source(), source());
    let probes = [plain.probe(), answer.probe()];
    let mut body = decoded(&layer(), Request::new(plain)).await;
    assert!(body.frame().await.expect("no error").is_err());
    assert!(body.is_end_stream() && body.frame().await.is_none());

    let mut answer = Some(answer);
    let handler = service::respond(|_| Response::new(answer.take().unwrap()));
    let request = Request::new(ScriptedBody::new());
    let mut body = layer().layer(handler).oneshot(request).await.unwrap();
    assert!(body.body_mut().frame().await.expect("no error").is_err());
    assert!(body.body().is_end_stream() && body.body_mut().frame().await.is_none());
    for probe in probes {
        assert_eq!(probe.polls(), 1);
    }
}
