use crate::{InFlight, completion::Completion};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

pin_project! {
    /// The body of a response that is in flight until it is complete or dropped.
    ///
    /// It changes nothing of the body inside.
    #[derive(Debug)]
    pub struct ResponseBody<B, G = InFlight> {
        #[pin]
        inner: B,
        flight: Option<(Completion, G)>,
        has_ended: bool,
    }
}

impl<B, G> ResponseBody<B, G> {
    pub(crate) fn new(inner: B, flight: Option<(Completion, G)>) -> Self {
        Self {
            inner,
            flight,
            has_ended: false,
        }
    }
}

impl<B: Body, G> Body for ResponseBody<B, G> {
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
        let polled = ready!(this.inner.as_mut().poll_frame(cx));
        *this.has_ended = match &polled {
            Some(Ok(frame)) => frame.is_trailers(),
            Some(Err(_)) | None => true,
        };
        let is_last = match (&polled, this.flight.as_mut()) {
            (Some(Ok(frame)), Some((completion, _))) => {
                completion.ends_with(frame) || this.inner.is_end_stream()
            }
            _ => *this.has_ended,
        };
        if is_last {
            *this.flight = None;
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
