use crate::{Phase, cause::Cause, scope::Scope};
use pin_project_lite::pin_project;
use std::{
    future::Future,
    mem,
    pin::Pin,
    task::{Context, Poll},
};

pin_project! {
    /// A future, in place, whose panics come out as causes; or a failure that
    /// came before there was a future.
    pub(crate) struct GuardedFuture<F, S: Scope> {
        #[pin]
        kind: Kind<F>,
        // Taken with the output.
        scope: Option<S>,
    }

    impl<F, S: Scope> PinnedDrop for GuardedFuture<F, S> {
        fn drop(this: Pin<&mut Self>) {
            this.close();
        }
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<F> {
        Running { #[pin] inner: F },
        Failed { failure: Option<(Phase, Cause)> },
        Done,
    }
}

/// What came of it, and in whose name.
pub(crate) struct Outcome<T, S> {
    pub(crate) result: Result<T, (Phase, Cause)>,
    pub(crate) scope: S,
}

impl<F, S: Scope> GuardedFuture<F, S> {
    pub(crate) fn running(inner: F, scope: S) -> Self {
        Self {
            kind: Kind::Running { inner },
            scope: Some(scope),
        }
    }

    pub(crate) fn failed(phase: Phase, cause: Cause, scope: S) -> Self {
        let failure = Some((phase, cause));
        Self {
            kind: Kind::Failed { failure },
            scope: Some(scope),
        }
    }

    /// Drops the inner future now, guarded.
    fn close(self: Pin<&mut Self>) {
        let mut this = self.project();
        let is_running = matches!(*this.kind, Kind::Running { .. });
        if let (true, true, Some(scope)) = (mem::needs_drop::<F>(), is_running, this.scope) {
            let kind = &mut this.kind;
            if let Some(panic) = scope.run(|| kind.set(Kind::Done)) {
                scope.report(Phase::Drop, &Cause::Panic(panic));
            }
        }
    }
}

impl<F: Future, S: Scope> Future for GuardedFuture<F, S> {
    type Output = Outcome<F::Output, S>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.as_mut().project();
        let mut polled = Poll::Pending;
        let mut panic = None;
        if let (KindProj::Running { .. }, Some(scope)) =
            (this.kind.as_mut().project(), &mut *this.scope)
        {
            let kind = this.kind.as_mut();
            panic = scope.run(|| kind.poll_into(cx, &mut polled));
            if panic.is_none() && polled.is_pending() {
                return Poll::Pending;
            }
        }
        self.finish(polled, panic.map(Cause::Panic))
    }
}

impl<F: Future> Kind<F> {
    /// Polls the inner future into `polled`, and drops it when it is through.
    /// Should the drop panic, what was polled is there.
    #[inline]
    fn poll_into(mut self: Pin<&mut Self>, cx: &mut Context<'_>, polled: &mut Poll<F::Output>) {
        if let KindProj::Running { inner } = self.as_mut().project() {
            *polled = inner.poll(cx);
            if polled.is_ready() {
                self.set(Self::Done);
            }
        }
    }
}

impl<F: Future, S: Scope> GuardedFuture<F, S> {
    #[inline]
    fn finish(
        mut self: Pin<&mut Self>,
        polled: Poll<F::Output>,
        panic: Option<Cause>,
    ) -> Poll<Outcome<F::Output, S>> {
        let result = match (polled, panic) {
            (Poll::Ready(output), None) => Ok(output),
            (Poll::Ready(output), Some(cause)) => {
                // The future was through, and its drop panicked.
                if let Some(scope) = self.as_mut().project().scope {
                    scope.report(Phase::Drop, &cause);
                }
                Ok(output)
            }
            (Poll::Pending, Some(cause)) => {
                self.as_mut().close();
                Err((Phase::Future, cause))
            }
            (Poll::Pending, None) => {
                let kind = self.as_mut().project().kind.project();
                match kind {
                    KindProj::Failed { failure } => match failure.take() {
                        Some(failure) => Err(failure),
                        None => return Poll::Pending,
                    },
                    _ => return Poll::Pending,
                }
            }
        };
        // Polled again after its output it is pending for ever, as a future may be.
        match self.project().scope.take() {
            Some(scope) => Poll::Ready(Outcome { result, scope }),
            None => Poll::Pending,
        }
    }
}
