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
        Peeked { body: Pin<Box<B>>, first: Option<Frame<Bytes>> },
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
    let mut body = Box::pin(body);
    let (mut polled, mut has_ended) = (Poll::Pending, false);
    let panic = scope.run(|_| {
        polled = body.as_mut().poll_frame(cx);
        has_ended = body.is_end_stream();
    });
    if let Some(panic) = panic {
        return failed(body, Cause::Panic(panic), scope);
    }
    match polled {
        Poll::Pending => Peek::Open(Source::Peeked { body, first: None }),
        Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
            Ok(data) if has_ended => {
                close(body, scope);
                Peek::Complete(data)
            }
            Ok(data) => Peek::Open(Source::Peeked {
                body,
                first: Some(Frame::data(data)),
            }),
            // Trailers without data before them.
            Err(frame) => Peek::Open(Source::Peeked {
                body,
                first: Some(frame),
            }),
        },
        Poll::Ready(Some(Err(error))) => failed(body, Cause::Error(error.into()), scope),
        Poll::Ready(None) => {
            close(body, scope);
            Peek::Complete(Bytes::new())
        }
    }
}

#[cold]
fn failed<B>(body: Pin<Box<B>>, cause: Cause, scope: &mut RequestScope) -> Peek<B> {
    close(body, scope);
    Peek::Failed(cause)
}

/// Drops a body that has ended.
fn close<B>(body: Pin<Box<B>>, scope: &mut RequestScope) {
    if let Some(panic) = scope.run(|_| drop(body)) {
        scope.report(crate::Phase::Drop, &Cause::Panic(panic));
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
            SourceProj::Peeked { body, first } => match first.take() {
                Some(frame) => Poll::Ready(Some(Ok(frame))),
                None => body.as_mut().poll_frame(cx),
            },
        }
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        match self {
            Self::Untouched { body } => body.is_end_stream(),
            Self::Peeked { body, first } => first.is_none() && body.is_end_stream(),
        }
    }

    #[inline]
    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Untouched { body } => body.size_hint(),
            Self::Peeked { body, first } => {
                let first = first
                    .as_ref()
                    .and_then(Frame::data_ref)
                    .map_or(0, Bytes::len);
                and_more(&body.size_hint(), first as u64)
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
