use super::{PageBody, PageFuture, page::Pages};
use crate::error::BoxError;
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll, ready},
};
use tower_service::Service;

/// A service whose errors are responses; made by
/// [`ErrorPageLayer`](crate::ErrorPageLayer).
#[derive(Clone, Debug)]
pub struct ErrorPages<S> {
    inner: S,
    pages: Arc<Pages>,
    /// Of `poll_ready`, which has no response: the next request gets it.
    unready: Option<Arc<BoxError>>,
}

impl<S> ErrorPages<S> {
    pub(super) fn new(inner: S, pages: Arc<Pages>) -> Self {
        Self {
            inner,
            pages,
            unready: None,
        }
    }
}

impl<S, B, ResBody> Service<Request<B>> for ErrorPages<S>
where
    S: Service<Request<B>, Response = Response<ResBody>>,
    S::Error: Into<BoxError>,
    ResBody: Body<Data = Bytes>,
{
    type Response = Response<PageBody<ResBody>>;
    type Error = Infallible;
    type Future = PageFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        if self.unready.is_none() {
            if let Err(error) = ready!(self.inner.poll_ready(cx)) {
                self.unready = Some(Arc::new(error.into()));
            }
        }
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let wants_html = self.pages.wants_html(request.headers());
        if let Some(error) = self.unready.take() {
            return PageFuture::failed(self.pages.answer(&error, wants_html));
        }
        let inner = self.inner.call(request);
        PageFuture::new(inner, self.pages.clone(), wants_html)
    }
}
