use bytes::{Buf, Bytes};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use std::{
    fmt::Debug,
    future::poll_fn,
    pin::{Pin, pin},
    task::Poll,
};

/// What came out of a body.
#[derive(Debug)]
pub struct Collected<E> {
    /// The data frames as they came, empty ones included.
    pub frames: Vec<Bytes>,
    /// The trailers, if any came.
    pub trailers: Option<HeaderMap>,
    /// The error that ended it, if one did.
    pub error: Option<E>,
    /// How often the body had nothing to give yet.
    pub pauses: usize,
}

impl<E: Debug> Collected<E> {
    /// All data in one piece.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        self.frames.concat().into()
    }

    /// All data of a body that must have ended well.
    ///
    /// # Panics
    ///
    /// If it ended with an error.
    #[must_use]
    pub fn complete(&self) -> Bytes {
        if let Some(error) = &self.error {
            panic!("the body ended with {error:?}");
        }
        self.bytes()
    }
}

/// Polls `body` to its end by the rules that a server relies on.
///
/// # Panics
///
/// If the body breaks one: `None` must come again and again after the end,
/// nothing but the end may follow trailers or a true `is_end_stream`, and each
/// `size_hint` must be true of the data that came after it.
pub async fn collect<B: Body>(body: B) -> Collected<B::Error> {
    let mut body = pin!(body);
    let mut run = Run::default();
    while let Some(frame) = run.next(body.as_mut()).await {
        run.take(frame);
    }
    if run.error.is_none() {
        check_fused(body.as_mut()).await;
    }
    run.check_hints();
    Collected {
        frames: run.frames,
        trailers: run.trailers,
        error: run.error,
        pauses: run.pauses,
    }
}

struct Run<E> {
    frames: Vec<Bytes>,
    trailers: Option<HeaderMap>,
    error: Option<E>,
    pauses: usize,
    bytes: u64,
    /// Each hint with the number of bytes that had come before it.
    hints: Vec<(u64, SizeHint)>,
}

// Not derived, since that would ask for `E: Default`.
impl<E> Default for Run<E> {
    fn default() -> Self {
        Self {
            frames: Vec::new(),
            trailers: None,
            error: None,
            pauses: 0,
            bytes: 0,
            hints: Vec::new(),
        }
    }
}

impl<E> Run<E> {
    async fn next<B>(&mut self, mut body: Pin<&mut B>) -> Option<Result<Frame<B::Data>, E>>
    where
        B: Body<Error = E>,
    {
        if self.error.is_some() {
            return None;
        }
        poll_fn(|cx| {
            let said_end = body.is_end_stream();
            self.note_hint(body.size_hint());
            let polled = body.as_mut().poll_frame(cx);
            assert!(
                !said_end || !matches!(polled, Poll::Ready(Some(_))),
                "is_end_stream was true, and then a frame or an error came after {} bytes",
                self.bytes
            );
            self.pauses += usize::from(polled.is_pending());
            polled
        })
        .await
    }

    fn note_hint(&mut self, hint: SizeHint) {
        let lower_is_sane = hint.upper().is_none_or(|upper| hint.lower() <= upper);
        assert!(lower_is_sane, "the size hint {hint:?} contradicts itself");
        self.hints.push((self.bytes, hint));
    }

    fn take<D: Buf>(&mut self, frame: Result<Frame<D>, E>) {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => return self.error = Some(error),
        };
        assert!(self.trailers.is_none(), "a frame came after the trailers");
        match frame.into_data() {
            Ok(mut data) => {
                self.bytes += data.remaining() as u64;
                self.frames.push(data.copy_to_bytes(data.remaining()));
            }
            Err(frame) => self.trailers = frame.into_trailers().ok(),
        }
    }

    fn check_hints(&self) {
        for (before, hint) in &self.hints {
            let came = self.bytes - before;
            assert!(
                hint.upper().is_none_or(|upper| came <= upper),
                "{came} bytes came after the size hint {hint:?}"
            );
            // What an error cut off cannot be held against the hint.
            assert!(
                self.error.is_some() || came >= hint.lower(),
                "only {came} bytes came after the size hint {hint:?}"
            );
        }
    }
}

async fn check_fused<B: Body>(mut body: Pin<&mut B>) {
    for again in 1..=3 {
        let polled = poll_fn(|cx| Poll::Ready(body.as_mut().poll_frame(cx))).await;
        assert!(
            matches!(polled, Poll::Ready(None)),
            "poll {again} after the end did not answer None"
        );
    }
}
