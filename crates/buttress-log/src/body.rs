use crate::{Outcome, completion::Completion, exchange::Pending};
use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};
use tracing::Span;

pin_project! {
    /// The body of a response whose line is written when it has ended.
    ///
    /// It changes nothing of the body inside.
    #[derive(Debug)]
    pub struct ResponseBody<B> {
        #[pin]
        inner: B,
        flight: Option<Flight>,
        has_ended: bool,
    }
}

#[derive(Debug)]
pub(crate) struct Flight {
    pub(crate) completion: Completion,
    pub(crate) pending: Pending,
    pub(crate) span: Span,
}

impl<B> ResponseBody<B> {
    pub(crate) fn new(inner: B, flight: Option<Flight>) -> Self {
        Self {
            inner,
            flight,
            has_ended: false,
        }
    }

    pub(crate) fn untouched(inner: B) -> Self {
        Self::new(inner, None)
    }
}

impl<B: Default> Default for ResponseBody<B> {
    fn default() -> Self {
        Self::untouched(B::default())
    }
}

impl<B: Body> Body for ResponseBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        if *this.has_ended {
            return Poll::Ready(None);
        }
        let polled = ready!(match this.flight {
            Some(Flight { pending, span, .. }) => pending.poll(|| {
                let _entered = span.enter();
                this.inner.as_mut().poll_frame(cx)
            }),
            None => this.inner.as_mut().poll_frame(cx),
        });
        *this.has_ended = match &polled {
            Some(Ok(frame)) => frame.is_trailers(),
            Some(Err(_)) | None => true,
        };
        if let Some(flight) = this.flight {
            let outcome = flight.take(&polled);
            let outcome = outcome.or_else(|| {
                let has_ended = this.inner.is_end_stream();
                has_ended.then(|| flight.completion.outcome())
            });
            if let Some(outcome) = outcome {
                flight.pending.end(outcome);
                *this.flight = None;
            }
        }
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        self.has_ended || self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        if self.has_ended {
            return SizeHint::with_exact(0);
        }
        self.inner.size_hint()
    }
}

impl Flight {
    /// Notes a frame, and tells how the response has ended if it has.
    fn take<D: Buf, E>(&mut self, polled: &Option<Result<Frame<D>, E>>) -> Option<Outcome> {
        match polled {
            None => Some(self.completion.outcome()),
            Some(Err(_)) => Some(Outcome::Error),
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    self.pending.count(data.remaining());
                } else if let Some(trailers) = frame.trailers_ref() {
                    self.pending.trailers(trailers);
                }
                let is_last = self.completion.ends_with(frame);
                is_last.then(|| self.completion.outcome())
            }
        }
    }
}
