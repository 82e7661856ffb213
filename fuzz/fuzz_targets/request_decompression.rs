//! The first byte of the input picks the codings, the second the size of the
//! frames, and the rest is a request body. It is read at once and in frames:
//! both have to end alike, within the limits.
#![no_main]

use buttress_compression::{
    Encoding, RequestBody, RequestDecompressionError, RequestDecompressionLayer,
};
use bytes::Bytes;
use http::{Request, Response, StatusCode, header::CONTENT_ENCODING};
use http_body::{Body, Frame};
use libfuzzer_sys::fuzz_target;
use std::{
    cell::Cell,
    collections::VecDeque,
    convert::Infallible,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};
use tower::{Layer, ServiceExt, service_fn};

const MAX_SIZE: u64 = 256 * 1024;

fuzz_target!(|data: &[u8]| {
    let [codings, size, body @ ..] = data else {
        return;
    };
    let codings = list(*codings);
    let whole = read(&codings, Chunks::of(body, body.len()));
    let pieces = read(&codings, Chunks::of(body, usize::from(*size)));
    assert_eq!(
        whole.is_some(),
        pieces.is_some(),
        "frames changed the verdict"
    );
    assert_eq!(whole, pieces, "frames changed the data");
});

/// The lowest bits name the coding that was applied last, the next ones the
/// one before it, if there was one.
fn list(byte: u8) -> String {
    let name = |bits: u8| Encoding::PREFERENCE.get(usize::from(bits & 7));
    let last = Encoding::PREFERENCE[usize::from(byte & 3)];
    match name(byte >> 2) {
        Some(first) => format!("{first}, {last}"),
        None => last.to_string(),
    }
}

/// What `body` decodes to, or nothing where it is refused.
///
/// Only the size is limited: how often it decodes to its own size so far
/// depends on the frames, and may.
fn read(codings: &str, body: Chunks) -> Option<Vec<u8>> {
    let layer = RequestDecompressionLayer::new()
        .max_size(MAX_SIZE)
        .max_ratio(u32::MAX);
    let request = Request::builder().header(CONTENT_ENCODING, codings);
    let request = request.body(body).expect("the codings are valid");
    let outcome = Cell::new(None);
    let handler = service_fn(|request: Request<RequestBody<Chunks>>| async {
        outcome.set(Some(collect(request.into_body()).await));
        Ok::<_, Infallible>(Response::new(Chunks::default()))
    });
    let Ok(response) = block_on(layer.layer(handler).oneshot(request));
    let status = response.status();
    drop(response);
    match outcome.into_inner().expect("the handler did not run") {
        Ok(data) => {
            assert_eq!(status, StatusCode::OK);
            assert!(data.len() as u64 <= MAX_SIZE);
            Some(data)
        }
        Err(error) if error.is_too_large() => {
            assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
            None
        }
        Err(_) => {
            assert_eq!(status, StatusCode::BAD_REQUEST);
            None
        }
    }
}

async fn collect(mut body: RequestBody<Chunks>) -> Result<Vec<u8>, RequestDecompressionError> {
    let mut data = Vec::new();
    let mut error = None;
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        assert!(error.is_none(), "something came after the error");
        match frame {
            Ok(frame) => {
                let frame = frame.into_data().expect("no trailers were sent");
                assert!((1..=16 * 1024).contains(&frame.len()));
                data.extend_from_slice(&frame);
            }
            Err(other) => error = Some(*other.downcast().expect("a foreign error")),
        }
    }
    assert!(body.is_end_stream());
    error.map_or(Ok(data), Err)
}

/// Frames of one size, and a panic for whoever polls after the end.
#[derive(Default)]
struct Chunks {
    frames: VecDeque<Bytes>,
    ended: bool,
}

impl Chunks {
    fn of(data: &[u8], size: usize) -> Self {
        let frames = data.chunks(size.max(1)).map(Bytes::copy_from_slice);
        Self {
            frames: frames.collect(),
            ended: false,
        }
    }
}

impl Body for Chunks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        assert!(!self.ended, "polled after the end");
        let next = self.frames.pop_front();
        self.ended = next.is_none();
        Poll::Ready(next.map(Frame::data).map(Ok))
    }
}

/// Everything here is ready or wakes itself, so polling again is enough.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
