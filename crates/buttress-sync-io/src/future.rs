use crate::{ResponseBody, subject::Subject, task::WatchedFuture};
use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

pin_project! {
    /// The future of [`SyncIo`](crate::SyncIo).
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: WatchedFuture<F>,
    }
}

impl<F> ResponseFuture<F> {
    pub(crate) fn new(inner: F, subject: Option<Subject>) -> Self {
        let inner = WatchedFuture::new(inner, subject);
        Self { inner }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut inner = self.project().inner;
        let answered = ready!(inner.as_mut().poll(cx));
        let subject = inner.subject();
        Poll::Ready(answered.map(|response| response.map(|body| ResponseBody::new(body, subject))))
    }
}
