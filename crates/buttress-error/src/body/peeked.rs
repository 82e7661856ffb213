use crate::{
    BoxError,
    cause::Cause,
    scope::{RequestScope, Scope},
};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::{
    pin::Pin,
    task::{Context, Poll},
};

pin_project! {
    /// An inner body, as it came or with its first frame taken out.
    #[project = SourceProj]
    pub(crate) enum Source<B> {
        Untouched { #[pin] body: B },
        // Boxed, because a body that was polled must not be moved.
        Peeked { peeked: Pin<Box<Peeked<B>>> },
    }
}

pin_project! {
    /// A body that was polled once. What came of it is in the box as well, for a
    /// frame is larger than most bodies, and would be moved with each response.
    pub(crate) struct Peeked<B> {
        first: Option<Frame<Bytes>>,
        #[pin]
        body: B,
    }
}

/// What a look at the first frame found.
pub(crate) enum Peek<B> {
    /// All of the body.
    Complete(Bytes),
    Open(Source<B>),
    Failed(Cause),
}

/// Polls `body` once: what fails before its first frame can still be answered.
pub(crate) fn peek<B>(body: B, scope: &mut RequestScope, cx: &mut Context<'_>) -> Peek<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let mut peeked = Box::pin(Peeked { first: None, body });
    let polled = scope.run(|| {
        let mut body = peeked.as_mut().project().body;
        let frame = body.as_mut().poll_frame(cx).map_err(Into::into);
        (frame, body.is_end_stream())
    });
    let (polled, has_ended) = match polled {
        Ok(polled) => polled,
        Err(panic) => return failed(peeked, Cause::Panic(panic), scope),
    };
    let first = match polled {
        Poll::Pending => None,
        Poll::Ready(Some(Ok(frame))) => Some(frame),
        Poll::Ready(Some(Err(error))) => return failed(peeked, Cause::Error(error), scope),
        Poll::Ready(None) => {
            close(peeked, scope);
            return Peek::Complete(Bytes::new());
        }
    };
    match first.map(Frame::into_data) {
        Some(Ok(data)) if has_ended => {
            close(peeked, scope);
            return Peek::Complete(data);
        }
        Some(Ok(data)) => *peeked.as_mut().project().first = Some(Frame::data(data)),
        // Trailers without data before them.
        Some(Err(frame)) => *peeked.as_mut().project().first = Some(frame),
        None => {}
    }
    Peek::Open(Source::Peeked { peeked })
}

#[cold]
fn failed<B>(body: Pin<Box<Peeked<B>>>, cause: Cause, scope: &mut RequestScope) -> Peek<B> {
    close(body, scope);
    Peek::Failed(cause)
}

/// Drops a body that has ended.
fn close<B>(body: Pin<Box<Peeked<B>>>, scope: &mut RequestScope) {
    if let Err(panic) = scope.run(|| drop(body)) {
        scope.report_drop(panic);
    }
}

impl<B: Body<Data = Bytes>> Body for Source<B> {
    type Data = Bytes;
    type Error = B::Error;

    #[inline]
    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project() {
            SourceProj::Untouched { body } => body.poll_frame(cx),
            SourceProj::Peeked { peeked } => {
                let this = peeked.as_mut().project();
                match this.first.take() {
                    Some(frame) => Poll::Ready(Some(Ok(frame))),
                    None => this.body.poll_frame(cx),
                }
            }
        }
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        match self {
            Self::Untouched { body } => body.is_end_stream(),
            Self::Peeked { peeked } => peeked.first.is_none() && peeked.body.is_end_stream(),
        }
    }

    #[inline]
    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Untouched { body } => body.size_hint(),
            Self::Peeked { peeked } => {
                let first = peeked.first.as_ref().and_then(Frame::data_ref);
                and_more(&peeked.body.size_hint(), first.map_or(0, Bytes::len) as u64)
            }
        }
    }
}

fn and_more(hint: &SizeHint, bytes: u64) -> SizeHint {
    let mut sum = SizeHint::new();
    // Upper first: a lower bound above the upper one is refused.
    if let Some(upper) = hint.upper() {
        sum.set_upper(upper.saturating_add(bytes));
    }
    sum.set_lower(hint.lower().saturating_add(bytes));
    sum
}
