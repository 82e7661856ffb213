use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

pin_project! {
    /// The response body of [`RequestDecompression`](super::RequestDecompression):
    /// the inner service's, or the few words that go with a 400, 413 or 415.
    #[derive(Debug)]
    pub struct DecompressionResponseBody<B> {
        #[pin]
        kind: Kind<B>,
        ended: bool,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = KindProject]
    enum Kind<B> {
        Inner { #[pin] body: B },
        Text { text: &'static str },
    }
}

impl<B: Default> Default for DecompressionResponseBody<B> {
    /// The inner service's default body: for layers outside that ask for one,
    /// such as tower-http's `TimeoutLayer`.
    fn default() -> Self {
        Self::inner(B::default())
    }
}

impl<B> DecompressionResponseBody<B> {
    pub(super) fn inner(body: B) -> Self {
        Self {
            kind: Kind::Inner { body },
            ended: false,
        }
    }

    pub(super) fn text(text: &'static str) -> Self {
        Self {
            kind: Kind::Text { text },
            ended: false,
        }
    }
}

impl<B: Body<Data = Bytes>> Body for DecompressionResponseBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.project();
        if *this.ended {
            return Poll::Ready(None);
        }
        match this.kind.project() {
            KindProject::Inner { body } => {
                let polled = ready!(body.poll_frame(cx));
                *this.ended = !matches!(polled, Some(Ok(_)));
                Poll::Ready(polled)
            }
            KindProject::Text { text } => {
                *this.ended = true;
                Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(text.as_bytes())))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            _ if self.ended => true,
            Kind::Inner { body } => body.is_end_stream(),
            Kind::Text { .. } => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            _ if self.ended => SizeHint::with_exact(0),
            Kind::Inner { body } => body.size_hint(),
            Kind::Text { text } => SizeHint::with_exact(text.len() as u64),
        }
    }
}
