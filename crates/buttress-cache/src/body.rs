use crate::{BoxError, reader::Reader};
use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll, ready},
};

pin_project! {
    /// The body of a response: stored, on its way, or none of the cache's
    /// business.
    #[derive(Debug)]
    pub struct ResponseBody<B> {
        #[pin]
        kind: Kind<B>,
    }
}

pin_project! {
    #[project = KindProj]
    #[derive(Debug)]
    enum Kind<B> {
        // Bytes that are here.
        Stored { next: Option<Bytes>, rest: Option<Box<Rest>> },
        // Bytes that come, read with others.
        Shared { reader: Reader },
        // The body of the service inside.
        Passed { #[pin] inner: B, has_ended: bool },
    }
}

/// What most stored bodies do not have.
#[derive(Debug, Default)]
struct Rest {
    pieces: VecDeque<Bytes>,
    trailers: Option<HeaderMap>,
}

impl Rest {
    fn has_more(&self) -> bool {
        !self.pieces.is_empty() || self.trailers.is_some()
    }
}

impl<B> ResponseBody<B> {
    pub(crate) fn empty() -> Self {
        Self::stored(Bytes::new(), None)
    }

    pub(crate) fn stored(data: Bytes, trailers: Option<&HeaderMap>) -> Self {
        let rest = trailers.map(|trailers| {
            Box::new(Rest {
                trailers: Some(trailers.clone()),
                pieces: VecDeque::new(),
            })
        });
        let next = (!data.is_empty()).then_some(data);
        Self {
            kind: Kind::Stored { next, rest },
        }
    }

    pub(crate) fn pieces(pieces: impl IntoIterator<Item = Bytes>) -> Self {
        let pieces = pieces.into_iter().filter(|piece| !piece.is_empty());
        let mut rest = Rest {
            pieces: pieces.collect(),
            trailers: None,
        };
        let next = rest.pieces.pop_front();
        let rest = Some(Box::new(rest));
        Self {
            kind: Kind::Stored { next, rest },
        }
    }

    pub(crate) fn shared(reader: Reader) -> Self {
        Self {
            kind: Kind::Shared { reader },
        }
    }

    pub(crate) fn passed(inner: B) -> Self {
        Self {
            kind: Kind::Passed {
                inner,
                has_ended: false,
            },
        }
    }

    /// Whether it will be stored if it is read to its end.
    pub(crate) fn is_recorded(&self) -> bool {
        match &self.kind {
            Kind::Shared { reader } => reader.is_recorded(),
            Kind::Stored { .. } | Kind::Passed { .. } => false,
        }
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
            KindProj::Stored { next, rest } => Poll::Ready(next_stored(next, rest).map(Ok)),
            KindProj::Shared { reader } => reader.poll_frame(cx),
            KindProj::Passed { inner, has_ended } => {
                if *has_ended {
                    return Poll::Ready(None);
                }
                let polled = ready!(inner.poll_frame(cx));
                *has_ended = match &polled {
                    Some(Ok(frame)) => frame.is_trailers(),
                    Some(Err(_)) | None => true,
                };
                Poll::Ready(polled.map(|frame| frame.map_err(Into::into)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Stored { next, rest } => {
                next.is_none() && !rest.as_ref().is_some_and(|rest| rest.has_more())
            }
            Kind::Shared { reader } => reader.is_end_stream(),
            Kind::Passed { inner, has_ended } => *has_ended || inner.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Stored { next, rest } => {
                let rest = rest.iter().flat_map(|rest| &rest.pieces);
                let pieces = next.iter().chain(rest);
                SizeHint::with_exact(pieces.map(|piece| piece.len() as u64).sum())
            }
            Kind::Shared { reader } => reader.size_hint(),
            Kind::Passed {
                has_ended: true, ..
            } => SizeHint::with_exact(0),
            Kind::Passed { inner, .. } => inner.size_hint(),
        }
    }
}

fn next_stored(next: &mut Option<Bytes>, rest: &mut Option<Box<Rest>>) -> Option<Frame<Bytes>> {
    if let Some(data) = next.take() {
        *next = rest.as_mut().and_then(|rest| rest.pieces.pop_front());
        return Some(Frame::data(data));
    }
    let trailers = rest.take()?.trailers?;
    Some(Frame::trailers(trailers))
}
