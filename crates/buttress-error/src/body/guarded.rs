use super::pause::Pause;
use crate::{
    BoxError, Phase,
    cause::Cause,
    guard::{self, Panic},
    scope::Scope,
};
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
        kind: Kind<B>,
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
    enum Kind<B> {
        Inner { #[pin] body: B },
        Complete { data: Bytes },
        /// Broken: what came before is being flushed.
        Broken { broken: Box<Broken> },
        Done,
    }
}

struct Broken {
    error: Option<BoxError>,
    pause: Pause,
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
    fn close(self: Pin<&mut Self>) {
        let mut this = self.project();
        if mem::needs_drop::<B>() && matches!(*this.kind, Kind::Inner { .. }) {
            let kind = this.kind.as_mut();
            if let Some(panic) = this.scope.run(|_| kind.drop_inner()) {
                this.scope.report(Phase::Drop, &Cause::Panic(panic));
            }
        }
    }

    #[cold]
    fn break_off(
        mut self: Pin<&mut Self>,
        phase: Phase,
        cause: Cause,
        cx: &mut Context<'_>,
    ) -> Polled {
        if !cause.is_reported() {
            self.as_mut().project().scope.report(phase, &cause);
        }
        self.as_mut().close();
        let mut this = self.as_mut().project();
        let broken = Box::new(Broken {
            error: Some(cause.into_body_error()),
            pause: Pause::new(this.scope.is_multiplexed()),
        });
        this.kind.set(Kind::Broken { broken });
        self.poll_broken(cx)
    }

    #[cold]
    fn poll_broken(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let mut kind = self.project().kind;
        let mut error = None;
        if let KindProj::Broken { broken } = kind.as_mut().project() {
            ready!(broken.pause.poll(cx));
            error = broken.error.take();
        }
        kind.set(Kind::Done);
        Poll::Ready(error.map(Err))
    }
}

impl<B> Kind<B> {
    /// Drops the inner body in place. Should that panic, it is gone all the
    /// same: an assignment writes the new value also when it unwinds.
    fn drop_inner(mut self: Pin<&mut Self>) {
        self.set(Self::Done);
    }
}

impl<B> Kind<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    /// Polls the inner body into `polled`, and drops it as soon as it has ended.
    /// Should the drop panic, what was polled is there.
    #[inline]
    fn poll_into(mut self: Pin<&mut Self>, cx: &mut Context<'_>, polled: &mut Polled) {
        let KindProj::Inner { mut body } = self.as_mut().project() else {
            return;
        };
        let frame = body.as_mut().poll_frame(cx).map_err(Into::into);
        guard::put(polled, frame);
        let has_ended = match polled {
            Poll::Pending => false,
            Poll::Ready(Some(Ok(frame))) => frame.is_trailers() || body.is_end_stream(),
            Poll::Ready(_) => true,
        };
        if has_ended {
            self.drop_inner();
        }
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
        let mut this = self.as_mut().project();
        match this.kind.as_mut().project() {
            KindProj::Inner { .. } => {}
            KindProj::Complete { data } => {
                let data = mem::take(data);
                this.kind.set(Kind::Done);
                return Poll::Ready(Some(Ok(Frame::data(data))));
            }
            KindProj::Broken { .. } => return self.poll_broken(cx),
            KindProj::Done => return Poll::Ready(None),
        }
        let mut polled = Poll::Pending;
        let kind = this.kind.as_mut();
        let panic = this.scope.run(|_| kind.poll_into(cx, &mut polled));
        if panic.is_some() || matches!(polled, Poll::Ready(Some(Err(_)))) {
            self.failed(panic, &mut polled, cx);
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

impl<B, S: Scope> Guarded<B, S> {
    /// A poll gave an error or panicked, or the drop after the last frame did,
    /// which is in `polled` then.
    #[cold]
    fn failed(
        self: Pin<&mut Self>,
        panic: Option<Box<Panic>>,
        polled: &mut Polled,
        cx: &mut Context<'_>,
    ) {
        let panic = panic.map(Cause::Panic);
        match (mem::replace(polled, Poll::Pending), panic) {
            (Poll::Pending, Some(panic)) => *polled = self.break_off(Phase::Body, panic, cx),
            (whole, panic) => {
                if let Some(panic) = panic {
                    self.as_ref().get_ref().scope.report(Phase::Drop, &panic);
                }
                *polled = match whole {
                    Poll::Ready(Some(Err(error))) => {
                        self.break_off(Phase::Body, Cause::Error(error), cx)
                    }
                    whole => whole,
                };
            }
        }
    }
}
