use crate::{BoxError, source::Source, stream::Stream};
use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

pin_project! {
    /// The body of a response that went through
    /// [`Compression`](crate::Compression).
    ///
    /// Its data is `Bytes` and its error [`BoxError`](crate::BoxError), the
    /// inner body's own error inside. After its end, and after an error, it
    /// answers `None` as often as it is asked.
    pub struct ResponseBody<B> {
        #[pin]
        kind: Kind<B>,
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<B> {
        /// As the inner service made it. Its end is noted, for it need not be
        /// fused, and we are.
        Identity { #[pin] body: B, ended: bool },
        /// In memory.
        Complete { data: Option<Bytes>, trailers: Option<Box<HeaderMap>> },
        /// Read ahead in part, and not encoded.
        Replay { source: Box<Source<B>> },
        /// Encoded while it arrives.
        Stream { stream: Box<Stream<B>> },
        /// Of an answer to `HEAD`: it has ended, and says nothing of the length
        /// that the answer to a `GET` would have.
        Head,
    }
}

impl<B: Default> Default for ResponseBody<B> {
    /// The inner service's default body: for layers outside that ask for one,
    /// such as tower-http's `TimeoutLayer`.
    fn default() -> Self {
        Self::identity(B::default())
    }
}

impl<B> ResponseBody<B> {
    pub(crate) fn identity(body: B) -> Self {
        Self {
            kind: Kind::Identity { body, ended: false },
        }
    }

    pub(crate) fn complete(data: Bytes, trailers: Option<HeaderMap>) -> Self {
        Self {
            kind: Kind::Complete {
                data: Some(data).filter(|data| !data.is_empty()),
                trailers: trailers.map(Box::new),
            },
        }
    }

    pub(crate) fn stream(stream: Stream<B>) -> Self {
        Self {
            kind: Kind::Stream {
                stream: Box::new(stream),
            },
        }
    }

    pub(crate) fn replay(source: Source<B>) -> Self {
        Self {
            kind: Kind::Replay {
                source: Box::new(source),
            },
        }
    }

    pub(crate) fn head() -> Self {
        Self { kind: Kind::Head }
    }
}

impl<B> Body for ResponseBody<B>
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
        match self.project().kind.project() {
            KindProj::Identity { body, ended } => {
                if *ended || body.is_end_stream() {
                    return Poll::Ready(None);
                }
                let frame = ready!(body.poll_frame(cx));
                *ended = !matches!(frame, Some(Ok(_)));
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            KindProj::Complete { data, trailers } => {
                let next = match data.take() {
                    Some(data) => Some(Frame::data(data)),
                    None => trailers.take().map(|trailers| Frame::trailers(*trailers)),
                };
                Poll::Ready(next.map(Ok))
            }
            KindProj::Replay { source } => source.poll_frame(cx),
            KindProj::Stream { stream } => stream.poll_frame(cx),
            KindProj::Head => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Identity { body, ended } => *ended || body.is_end_stream(),
            Kind::Complete { data, trailers } => data.is_none() && trailers.is_none(),
            Kind::Replay { .. } => false,
            Kind::Stream { stream } => stream.is_done(),
            Kind::Head => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Identity { ended: true, .. } => SizeHint::with_exact(0),
            Kind::Identity { body, .. } => body.size_hint(),
            Kind::Complete { data, trailers } => {
                let length = data.as_ref().map_or(0, |data| data.len() as u64);
                let mut hint = SizeHint::new();
                hint.set_lower(length);
                // hyper would send an exact hint as `Content-Length`, and drop
                // the trailers in HTTP/1.
                if trailers.is_none() {
                    hint.set_exact(length);
                }
                hint
            }
            Kind::Replay { .. } | Kind::Stream { .. } | Kind::Head => SizeHint::default(),
        }
    }
}
