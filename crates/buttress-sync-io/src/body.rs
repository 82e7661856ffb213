use crate::subject::Subject;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

pin_project! {
    /// The body of a response, guarded while it is polled and dropped.
    ///
    /// It changes nothing of the body inside.
    #[derive(Debug)]
    pub struct ResponseBody<B> {
        // `None` once it has ended: it is dropped within a guard.
        #[pin]
        inner: Option<B>,
        subject: Option<Subject>,
    }

    impl<B> PinnedDrop for ResponseBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let (Some(subject), Some(_)) = (*this.subject, this.inner.as_ref().as_pin_ref()) {
                subject.drop(|| this.inner.set(None));
            }
        }
    }
}

impl<B> ResponseBody<B> {
    pub(crate) fn new(inner: B, subject: Option<Subject>) -> Self {
        Self {
            inner: Some(inner),
            subject,
        }
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
        let mut poll = || {
            let Some(mut inner) = this.inner.as_mut().as_pin_mut() else {
                return Poll::Ready(None);
            };
            let polled = ready!(inner.as_mut().poll_frame(cx));
            // What has ended is dropped within the guard of its last poll.
            let has_ended = match &polled {
                Some(Ok(frame)) => frame.is_trailers() || inner.is_end_stream(),
                Some(Err(_)) | None => true,
            };
            if has_ended {
                this.inner.set(None);
            }
            Poll::Ready(polled)
        };
        match *this.subject {
            Some(subject) => subject.poll(poll),
            None => poll(),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let ended = || SizeHint::with_exact(0);
        self.inner.as_ref().map_or_else(ended, Body::size_hint)
    }
}
