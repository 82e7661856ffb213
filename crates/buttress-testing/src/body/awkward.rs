use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::{
    cell::Cell,
    marker::{PhantomData, PhantomPinned},
    pin::Pin,
    task::{Context, Poll},
};

pin_project! {
    /// A body that is `Send` but neither `Sync` nor `Unpin`, as the streams of
    /// handlers often are: what a layer may not ask for fails to compile here.
    #[derive(Debug, Default)]
    pub struct Awkward<B> {
        #[pin]
        inner: B,
        #[pin]
        _not_unpin: PhantomPinned,
        _not_sync: PhantomData<Cell<()>>,
    }
}

impl<B> Awkward<B> {
    /// Wraps `inner`, whose frames, hint and end stay as they are.
    #[must_use]
    pub fn new(inner: B) -> Self {
        Self {
            inner,
            _not_unpin: PhantomPinned,
            _not_sync: PhantomData,
        }
    }
}

impl<B: Body> Body for Awkward<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        self.project().inner.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
