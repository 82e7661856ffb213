//! The body of the inner service, as the encoder reads it.

use crate::BoxError;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Body, Frame};
use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

/// How many frames are taken in one go, empty ones included, so that no body
/// keeps a poll busy for ever.
pub(crate) const FRAMES_PER_POLL: usize = 256;

/// A body and what was read of it ahead. It is never polled after its end, nor
/// after an error: it is dropped there.
pub(crate) struct Source<B> {
    ahead: Bytes,
    /// The frame behind it, where the two would be too much to join.
    next: Option<Bytes>,
    last: Option<Last>,
    body: Option<Pin<Box<B>>>,
    /// What the `Content-Length` of the handler still promises. The field is
    /// gone from what we send, so that nobody else can notice.
    owed: u64,
}

/// What follows the data.
pub(crate) enum Last {
    End,
    Trailers(HeaderMap),
    Error(BoxError),
}

pub(crate) enum Next {
    Data(Bytes),
    Last(Last),
}

/// What a body gave when it was polled without waiting.
pub(crate) enum Collected<B> {
    /// All of it, and its trailers.
    Complete(Bytes, Option<HeaderMap>),
    /// The start, with the rest still to come or an error behind it.
    Partial {
        source: Source<B>,
        /// Whether the body made us wait, rather than being too large.
        paused: bool,
    },
}

impl<B> Source<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    /// Reads what is there, joining frames up to `cap` bytes: a single one is
    /// taken as it is, whatever its size. A body that ends before `declared`
    /// bytes ends in an error.
    pub(crate) fn collect(
        body: B,
        declared: Option<u64>,
        cap: usize,
        cx: &mut Context<'_>,
    ) -> Collected<B> {
        let mut source = Self {
            ahead: Bytes::new(),
            next: None,
            last: None,
            body: Some(Box::pin(body)),
            owed: declared.unwrap_or(0),
        };
        let mut joined = BytesMut::new();
        let mut paused = false;
        for _ in 0..FRAMES_PER_POLL {
            match source.poll_body(cx) {
                Poll::Pending => {
                    paused = true;
                    break;
                }
                Poll::Ready(Next::Data(data)) => {
                    if !source.take_ahead(data, &mut joined, cap) {
                        break;
                    }
                }
                Poll::Ready(Next::Last(last)) => {
                    source.last = Some(last);
                    break;
                }
            }
        }
        source.join(joined);
        source.into_collected(paused)
    }

    /// A body that is here whole, to be read piece by piece.
    pub(crate) fn complete(data: Bytes, trailers: Option<HeaderMap>) -> Self {
        Self {
            ahead: data,
            next: None,
            last: Some(trailers.map_or(Last::End, Last::Trailers)),
            body: None,
            owed: 0,
        }
    }

    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        if !self.ahead.is_empty() {
            return Poll::Ready(Next::Data(std::mem::take(&mut self.ahead)));
        }
        if let Some(data) = self.next.take() {
            return Poll::Ready(Next::Data(data));
        }
        match self.last.take() {
            Some(last) => Poll::Ready(Next::Last(last)),
            None => self.poll_body(cx),
        }
    }

    /// The rest as it is, for a body that is not encoded after all.
    pub(crate) fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Poll::Ready(match ready!(self.poll_next(cx)) {
            Next::Data(data) => Some(Ok(Frame::data(data))),
            Next::Last(Last::Trailers(trailers)) => Some(Ok(Frame::trailers(trailers))),
            Next::Last(Last::Error(error)) => Some(Err(error)),
            Next::Last(Last::End) => None,
        })
    }

    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        let Some(body) = self.body.as_mut() else {
            return Poll::Ready(Next::Last(Last::End));
        };
        // Asked first, since a body that says so need not be polled again,
        // and one that is not fused must not.
        let frame = if body.is_end_stream() {
            None
        } else {
            ready!(body.as_mut().poll_frame(cx))
        };
        Poll::Ready(match frame {
            None => self.end(Last::End),
            Some(Err(error)) => self.end(Last::Error(error.into())),
            Some(Ok(frame)) => match frame.into_data().map_err(Frame::into_trailers) {
                Ok(data) => {
                    self.owed = self.owed.saturating_sub(data.len() as u64);
                    Next::Data(data)
                }
                Err(Ok(trailers)) => self.end(Last::Trailers(trailers)),
                // A kind of frame that http-body may get one day: no data, so
                // nothing to encode.
                Err(Err(_)) => Next::Data(Bytes::new()),
            },
        })
    }

    fn end(&mut self, last: Last) -> Next {
        self.body = None;
        match last {
            Last::End | Last::Trailers(_) if self.owed > 0 => {
                let message = format!("body ends {} bytes before its Content-Length", self.owed);
                let error = io::Error::new(io::ErrorKind::UnexpectedEof, message);
                Next::Last(Last::Error(error.into()))
            }
            last => Next::Last(last),
        }
    }

    /// Adds a frame to what is read ahead; `false` when there is enough.
    fn take_ahead(&mut self, data: Bytes, joined: &mut BytesMut, cap: usize) -> bool {
        if data.is_empty() {
            return true;
        }
        if self.ahead.is_empty() && joined.is_empty() {
            // Whatever its size: it may be the only one, which the next poll
            // shows.
            self.ahead = data;
            return true;
        }
        if self.ahead.len() + joined.len() + data.len() > cap {
            self.next = Some(data);
            return false;
        }
        if joined.is_empty() {
            joined.extend_from_slice(&std::mem::take(&mut self.ahead));
        }
        joined.extend_from_slice(&data);
        true
    }

    fn join(&mut self, joined: BytesMut) {
        if !joined.is_empty() {
            self.ahead = joined.freeze();
        }
    }

    fn into_collected(mut self, paused: bool) -> Collected<B> {
        match self.last.take() {
            Some(Last::End) => Collected::Complete(self.ahead, None),
            Some(Last::Trailers(trailers)) => Collected::Complete(self.ahead, Some(trailers)),
            last => {
                self.last = last;
                Collected::Partial {
                    source: self,
                    paused,
                }
            }
        }
    }
}
