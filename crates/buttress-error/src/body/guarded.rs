use super::pause::Pause;
use crate::{BoxError, Phase, cause::Cause, scope::Scope};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::{
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

type Polled = Poll<Option<Result<Frame<Bytes>, BoxError>>>;

pin_project! {
    /// A body, in place, whose panics become errors; or a text of ours.
    pub(crate) struct Guarded<B, S: Scope> {
        #[pin]
        kind: Kind<B, S>,
        scope: S,
    }

    impl<B, S: Scope> PinnedDrop for Guarded<B, S> {
        fn drop(this: Pin<&mut Self>) {
            this.close();
        }
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<B, S: Scope> {
        Inner { #[pin] body: B },
        Complete { data: Bytes },
        /// Broken: what came before is being flushed.
        Broken { broken: Box<Broken<S>> },
        Done,
    }
}

struct Broken<S: Scope> {
    error: Option<BoxError>,
    pause: Pause,
    scope: S,
}

/// The client may leave before the error was handed out, and the drop of an
/// error is the app's code.
impl<S: Scope> Drop for Broken<S> {
    fn drop(&mut self) {
        let error = self.error.take();
        if let Err(panic) = self.scope.run(|| drop(error)) {
            self.scope.report_drop(panic);
        }
    }
}

impl<B, S: Scope> Guarded<B, S> {
    #[inline]
    pub(crate) fn inner(body: B, scope: S) -> Self {
        let kind = Kind::Inner { body };
        Self { kind, scope }
    }

    pub(crate) fn complete(data: Bytes, scope: S) -> Self {
        let kind = if data.is_empty() {
            Kind::Done
        } else {
            Kind::Complete { data }
        };
        Self { kind, scope }
    }

    /// Drops the inner body now, guarded.
    #[inline]
    fn close(self: Pin<&mut Self>) {
        let mut this = self.project();
        if !matches!(*this.kind, Kind::Inner { .. }) {
            return;
        }
        let kind = this.kind.as_mut();
        if !mem::needs_drop::<B>() {
            return kind.finish();
        }
        if let Err(panic) = this.scope.run(|| kind.finish()) {
            this.scope.report_drop(panic);
        }
    }

    /// Reports what broke the inner body, and lets go of it.
    #[cold]
    fn break_off(mut self: Pin<&mut Self>, cause: Cause, cx: &mut Context<'_>) -> Polled {
        if !cause.is_reported() {
            self.as_mut().project().scope.report(Phase::Body, &cause);
        }
        self.as_mut().close();
        let mut this = self.as_mut().project();
        let broken = Box::new(Broken {
            error: Some(cause.into_body_error()),
            pause: Pause::new(this.scope.is_multiplexed()),
            scope: this.scope.clone(),
        });
        this.kind.set(Kind::Broken { broken });
        self.poll_without_inner(cx)
    }

    /// As [`break_off`](Self::break_off), of the error that was polled.
    #[cold]
    fn failed(self: Pin<&mut Self>, polled: Polled, cx: &mut Context<'_>) -> Polled {
        match polled {
            Poll::Ready(Some(Err(error))) => self.break_off(Cause::Error(error), cx),
            fine => fine,
        }
    }

    #[cold]
    fn poll_without_inner(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let mut kind = self.project().kind;
        let last = match kind.as_mut().project() {
            KindProj::Complete { data } => Some(Ok(Frame::data(mem::take(data)))),
            KindProj::Broken { broken } => {
                ready!(broken.pause.poll(cx));
                broken.error.take().map(Err)
            }
            KindProj::Inner { .. } | KindProj::Done => None,
        };
        kind.finish();
        Poll::Ready(last)
    }
}

impl<B, S: Scope> Kind<B, S> {
    /// Drops what there is in place. Should that panic, it is gone all the
    /// same: an assignment writes the new value also when it unwinds.
    #[inline]
    fn finish(mut self: Pin<&mut Self>) {
        self.set(Self::Done);
    }
}

impl<B, S> Body for Guarded<B, S>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
    S: Scope,
{
    type Data = Bytes;
    type Error = BoxError;

    #[inline]
    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let this = self.as_mut().project();
        let KindProj::Inner { mut body } = this.kind.project() else {
            return self.poll_without_inner(cx);
        };
        let poll = || body.as_mut().poll_frame(cx).map_err(Into::into);
        let polled: Polled = match this.scope.run(poll) {
            Ok(polled) => polled,
            Err(panic) => return self.break_off(Cause::Panic(panic), cx),
        };
        let has_ended = match &polled {
            Poll::Pending => false,
            Poll::Ready(None) => true,
            Poll::Ready(Some(Ok(frame))) => {
                frame.is_trailers() || this.scope.ask(false, || body.is_end_stream())
            }
            Poll::Ready(Some(Err(_))) => return self.failed(polled, cx),
        };
        if has_ended {
            self.close();
        }
        polled
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Inner { body } => self.scope.ask(false, || body.is_end_stream()),
            Kind::Complete { .. } | Kind::Broken { .. } => false,
            Kind::Done => true,
        }
    }

    #[inline]
    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Inner { body } => self.scope.ask(SizeHint::new(), || body.size_hint()),
            Kind::Complete { data } => SizeHint::with_exact(data.len() as u64),
            Kind::Broken { .. } => SizeHint::default(),
            Kind::Done => SizeHint::with_exact(0),
        }
    }
}
