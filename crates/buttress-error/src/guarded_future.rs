use crate::{
    Phase,
    cause::Cause,
    guard::{self, Panic},
    scope::Scope,
};
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
        scope: S,
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
        Failed { failure: Option<Box<(Phase, Cause)>> },
        Done,
    }
}

/// What a future's output or its failure becomes.
///
/// This is done where the output is, behind the guard, since a response is
/// large and each move of it would cost as much as the guard.
pub(crate) trait Finish<T, S> {
    type Output;

    fn output(output: T, scope: &S) -> Self::Output;

    fn failure(phase: Phase, cause: Cause, scope: &S) -> Self::Output;
}

impl<F, S: Scope> GuardedFuture<F, S> {
    /// The future that `call` makes; its panic is the failure, in phase `call`.
    #[inline]
    pub(crate) fn of(call: impl FnOnce() -> F, scope: S) -> Self {
        let kind = Kind::Done;
        let mut this = Self { kind, scope };
        let kind = &mut this.kind;
        let panic = this
            .scope
            .run(|_| guard::put(kind, Kind::Running { inner: call() }));
        if let Some(panic) = panic {
            this.kind = Kind::failed(Phase::Call, Cause::Panic(panic));
        }
        this
    }

    #[cold]
    pub(crate) fn failed(phase: Phase, cause: Cause, scope: S) -> Self {
        let kind = Kind::failed(phase, cause);
        Self { kind, scope }
    }

    pub(crate) fn scope(self: Pin<&mut Self>) -> &mut S {
        self.project().scope
    }

    /// Drops the inner future now, guarded.
    #[inline]
    fn close(self: Pin<&mut Self>) {
        let mut this = self.project();
        if mem::needs_drop::<F>() && matches!(*this.kind, Kind::Running { .. }) {
            let kind = &mut this.kind;
            if let Some(panic) = this.scope.run(|_| kind.set(Kind::Done)) {
                this.scope.report(Phase::Drop, &Cause::Panic(panic));
            }
        }
    }
}

impl<F: Future, S: Scope> GuardedFuture<F, S> {
    #[inline]
    pub(crate) fn poll_with<R: Finish<F::Output, S>>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<R::Output> {
        let mut out = Poll::Pending;
        let mut this = self.project();
        let kind = this.kind.as_mut();
        let panic = this
            .scope
            .run(|scope| kind.poll_into::<R, S>(cx, scope, &mut out));
        if let Some(panic) = panic {
            panicked::<F, S, R>(this.kind, this.scope, panic, &mut out);
        }
        out
    }
}

#[cold]
fn panicked<F: Future, S: Scope, R: Finish<F::Output, S>>(
    mut kind: Pin<&mut Kind<F>>,
    scope: &mut S,
    panic: Box<Panic>,
    out: &mut Poll<R::Output>,
) {
    let cause = Cause::Panic(panic);
    if out.is_ready() {
        // The future was through, and its drop panicked.
        return scope.report(Phase::Drop, &cause);
    }
    let dropped = scope.run(|_| kind.set(Kind::Done));
    *out = Poll::Ready(R::failure(Phase::Future, cause, scope));
    if let Some(panic) = dropped {
        scope.report(Phase::Drop, &Cause::Panic(panic));
    }
}

impl<F> Kind<F> {
    #[cold]
    fn failed(phase: Phase, cause: Cause) -> Self {
        let failure = Some(Box::new((phase, cause)));
        Self::Failed { failure }
    }
}

impl<F: Future> Kind<F> {
    /// Polls the inner future into `out`, and drops it when it is through.
    /// Should the drop panic, what was polled is there.
    #[inline]
    fn poll_into<R: Finish<F::Output, S>, S>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        scope: &S,
        out: &mut Poll<R::Output>,
    ) {
        match self.as_mut().project() {
            KindProj::Running { inner } => {
                if let Poll::Ready(output) = inner.poll(cx) {
                    guard::put(out, Poll::Ready(R::output(output, scope)));
                    self.set(Self::Done);
                }
            }
            KindProj::Failed { failure } => {
                if let Some((phase, cause)) = failure.take().map(|failure| *failure) {
                    *out = Poll::Ready(R::failure(phase, cause, scope));
                }
            }
            // Polled after its output it is pending for ever, as a future may be.
            KindProj::Done => {}
        }
    }
}
