use crate::{Phase, cause::Cause, guard, scope::Scope};
use pin_project_lite::pin_project;
use std::{
    future::Future,
    mem,
    pin::Pin,
    task::{Context, Poll},
};

pin_project! {
    /// A future, in place, whose panics come out as failures; or a failure that
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
        Failed { failure: Option<Failure> },
        Done,
    }
}

/// What there is instead of an output. Boxed, for it is rare, and a response
/// that comes beside it is moved less if this is small.
type Failure = Box<(Phase, Cause)>;

impl<F, S: Scope> GuardedFuture<F, S> {
    /// To be [started](Self::start): made where it stays, a future is moved less.
    #[inline]
    pub(crate) fn new(scope: S) -> Self {
        let kind = Kind::Done;
        Self { kind, scope }
    }

    /// Makes this the future that `call` makes; its panic is the failure, in
    /// phase `call`.
    #[inline]
    pub(crate) fn start(&mut self, call: impl FnOnce() -> F) {
        let kind = &mut self.kind;
        let result = self
            .scope
            .run(|| guard::put(kind, Kind::Running { inner: call() }));
        if let Err(panic) = result {
            let failure = Some(Box::new((Phase::Call, Cause::Panic(panic))));
            self.kind = Kind::Failed { failure };
        }
    }

    #[cold]
    pub(crate) fn failed(phase: Phase, cause: Cause, scope: S) -> Self {
        let failure = Some(Box::new((phase, cause)));
        let kind = Kind::Failed { failure };
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
            let kind = this.kind.as_mut();
            if let Err(panic) = this.scope.run(|| kind.finish()) {
                this.scope.report_drop(panic);
            }
        }
    }
}

impl<F: Future, S: Scope> GuardedFuture<F, S> {
    /// The output, or what there is instead.
    ///
    /// The inner future is left where it is until this one is dropped: dropped
    /// here, its output would have to be moved once more.
    #[inline]
    pub(crate) fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Result<Poll<F::Output>, Failure> {
        let this = self.as_mut().project();
        let KindProj::Running { inner } = this.kind.project() else {
            return self.poll_failure();
        };
        match this.scope.run(|| inner.poll(cx)) {
            Ok(polled) => Ok(polled),
            Err(panic) => Err(Box::new((Phase::Future, Cause::Panic(panic)))),
        }
    }

    #[cold]
    #[inline(never)]
    fn poll_failure(self: Pin<&mut Self>) -> Result<Poll<F::Output>, Failure> {
        // Polled after it failed it is pending for ever, as a future may be.
        let failure = match self.project().kind.project() {
            KindProj::Failed { failure } => failure.take(),
            KindProj::Running { .. } | KindProj::Done => None,
        };
        failure.map_or(Ok(Poll::Pending), Err)
    }
}

impl<F> Kind<F> {
    /// Drops the inner future in place. Should that panic, it is gone all the
    /// same: an assignment writes the new value also when it unwinds.
    #[inline]
    fn finish(mut self: Pin<&mut Self>) {
        self.set(Self::Done);
    }
}
