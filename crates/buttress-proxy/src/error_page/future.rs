use super::{PageBody, page::Pages};
use crate::error::BoxError;
use bytes::Bytes;
use http::Response;
use pin_project_lite::pin_project;
use std::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

pin_project! {
    /// The future of an [`ErrorPages`](crate::ErrorPages)' response.
    pub struct PageFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F> {
        Asked {
            #[pin]
            inner: F,
            pages: Arc<Pages>,
            wants_html: bool,
        },
        Failed {
            answer: Option<Response<Bytes>>,
        },
    }
}

impl<F> PageFuture<F> {
    pub(super) fn new(inner: F, pages: Arc<Pages>, wants_html: bool) -> Self {
        Self {
            state: State::Asked {
                inner,
                pages,
                wants_html,
            },
        }
    }

    pub(super) fn failed(answer: Response<Bytes>) -> Self {
        Self {
            state: State::Failed {
                answer: Some(answer),
            },
        }
    }
}

impl<F, B, E> Future for PageFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    E: Into<BoxError>,
{
    type Output = Result<Response<PageBody<B>>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let response = match self.project().state.project() {
            StateProjection::Asked {
                inner,
                pages,
                wants_html,
            } => match ready!(inner.poll(cx)) {
                Ok(response) => pages.pass(response, *wants_html),
                Err(error) => pages.answer(&error.into(), *wants_html).map(PageBody::page),
            },
            StateProjection::Failed { answer } => match answer.take() {
                Some(answer) => answer.map(PageBody::page),
                // Polled after its end.
                None => return Poll::Pending,
            },
        };
        Poll::Ready(Ok(response))
    }
}

impl<F> fmt::Debug for PageFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageFuture").finish_non_exhaustive()
    }
}
