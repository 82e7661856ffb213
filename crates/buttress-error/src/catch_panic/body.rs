use crate::{BoxError, body::Guarded, scope::PanicScope};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::{
    pin::Pin,
    task::{Context, Poll},
};

pin_project! {
    /// The body of a response that went through
    /// [`CatchPanic`](crate::CatchPanic).
    ///
    /// A panic of the inner body becomes an error. Before it, and before an
    /// error of the inner body's own, it is pending once, so that what came
    /// before reaches the client.
    pub struct CatchPanicBody<B> {
        #[pin]
        inner: Guarded<B, PanicScope>,
    }
}

impl<B> CatchPanicBody<B> {
    pub(super) fn open(body: B, scope: PanicScope) -> Self {
        Self {
            inner: Guarded::inner(body, scope),
        }
    }

    pub(super) fn complete(data: Bytes, scope: PanicScope) -> Self {
        Self {
            inner: Guarded::complete(data, scope),
        }
    }
}

/// An empty body, for layers that answer by themselves. It takes nothing of `B`.
impl<B> Default for CatchPanicBody<B> {
    fn default() -> Self {
        Self::complete(Bytes::new(), PanicScope::off())
    }
}

impl<B> Body for CatchPanicBody<B>
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
