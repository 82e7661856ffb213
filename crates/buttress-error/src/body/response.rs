use super::{Guarded, Source};
use crate::{BoxError, scope::RequestScope};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::{
    pin::Pin,
    task::{Context, Poll},
};

pin_project! {
    /// The body of a response that went through
    /// [`ErrorService`](crate::ErrorService).
    ///
    /// A panic of the inner body becomes an error, and each error is reported
    /// once. Before it says so to the server it is pending once, so that what
    /// came before reaches the client. After its end, and after an error, it
    /// answers `None` as often as it is asked.
    pub struct ResponseBody<B> {
        #[pin]
        inner: Guarded<Source<B>, RequestScope>,
    }
}

impl<B> ResponseBody<B> {
    pub(crate) fn open(source: Source<B>, scope: RequestScope) -> Self {
        Self {
            inner: Guarded::inner(source, scope),
        }
    }

    pub(crate) fn complete(data: Bytes, scope: RequestScope) -> Self {
        Self {
            inner: Guarded::complete(data, scope),
        }
    }
}

/// An empty body, for layers that answer by themselves. It takes nothing of `B`.
impl<B> Default for ResponseBody<B> {
    fn default() -> Self {
        Self::complete(Bytes::new(), RequestScope::off())
    }
}

impl<B> Body for ResponseBody<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    #[inline]
    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.project().inner.poll_frame(cx)
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    #[inline]
    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
