use super::{BoxError, decoding::Decoding, fault::FaultCell, pipeline::Pipeline};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

pin_project! {
    /// The request body that the inner service of
    /// [`RequestDecompression`](super::RequestDecompression) gets: `B` decoded,
    /// or `B` itself where there is nothing to decode.
    ///
    /// Frames of a decoded body are at most 16 KiB. Trailers come after the
    /// data, without digests of the encoded bytes. After an error or the end
    /// it answers `None` and leaves `B` alone.
    pub struct RequestBody<B> {
        #[pin]
        inner: B,
        state: State,
    }
}

enum State {
    PassThrough,
    // Boxed because most requests have nothing to decode, and their bodies
    // should not carry the room for it around.
    Decoding(Box<Decoding>),
    Ended,
}

impl<B> RequestBody<B> {
    pub(super) fn pass_through(inner: B) -> Self {
        Self {
            inner,
            state: State::PassThrough,
        }
    }

    pub(super) fn decoding(inner: B, pipeline: Pipeline, fault: FaultCell) -> Self {
        let decoding = Decoding::new(pipeline, fault);
        Self {
            inner,
            state: State::Decoding(Box::new(decoding)),
        }
    }
}

impl<B> Body for RequestBody<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.project();
        let (polled, ended) = match this.state {
            State::Ended => return Poll::Ready(None),
            State::PassThrough => {
                let polled =
                    ready!(this.inner.poll_frame(cx)).map(|frame| frame.map_err(Into::into));
                let ended = !matches!(polled, Some(Ok(_)));
                (polled, ended)
            }
            State::Decoding(decoding) => {
                let polled = ready!(decoding.poll_frame(this.inner, cx));
                let ended = !matches!(&polled, Some(Ok(frame)) if frame.is_data());
                (polled, ended)
            }
        };
        if ended {
            // This also gives back the window of the decoder, up to 16 MiB,
            // however long the handler keeps the body.
            *this.state = State::Ended;
        }
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        match &self.state {
            State::PassThrough => self.inner.is_end_stream(),
            State::Decoding(decoding) => decoding.is_end_stream(self.inner.is_end_stream()),
            State::Ended => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.state {
            State::PassThrough => self.inner.size_hint(),
            State::Decoding(_) if self.is_end_stream() => SizeHint::with_exact(0),
            State::Decoding(_) => SizeHint::default(),
            State::Ended => SizeHint::with_exact(0),
        }
    }
}

impl<B: fmt::Debug> fmt::Debug for RequestBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::PassThrough => "pass-through",
            State::Decoding(_) => "decoding",
            State::Ended => "ended",
        };
        f.debug_struct("RequestBody")
            .field("inner", &self.inner)
            .field("state", &format_args!("{state}"))
            .finish()
    }
}
