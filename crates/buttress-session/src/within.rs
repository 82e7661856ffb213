use pin_project_lite::pin_project;
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    runtime::Handle,
    time::{Instant, Sleep, sleep},
};

pin_project! {
    /// A future with a deadline. It makes its timer only when it has to wait, and
    /// none outside of a tokio runtime.
    pub(crate) struct Within<F> {
        #[pin]
        future: F,
        #[pin]
        timer: Option<Sleep>,
        left: Duration,
        since: Option<Instant>,
    }
}

/// What came of a [`Within`].
pub(crate) struct Timed<T> {
    /// Nothing, if the deadline was over first.
    pub(crate) output: Option<T>,
    /// How long it waited.
    pub(crate) waited: Duration,
}

pub(crate) fn within<F: Future>(left: Duration, future: F) -> Within<F> {
    Within {
        future,
        timer: None,
        left,
        since: None,
    }
}

impl<F: Future> Future for Within<F> {
    type Output = Timed<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Poll::Ready(output) = this.future.poll(cx) {
            let waited = this.since.map(|since| since.elapsed()).unwrap_or_default();
            let output = Some(output);
            return Poll::Ready(Timed { output, waited });
        }
        if this.since.is_none() {
            *this.since = Some(Instant::now());
            if Handle::try_current().is_ok() {
                this.timer.set(Some(sleep(*this.left)));
            }
        }
        match this.timer.as_pin_mut().map(|timer| timer.poll(cx)) {
            Some(Poll::Ready(())) => Poll::Ready(Timed {
                output: None,
                waited: *this.left,
            }),
            Some(Poll::Pending) | None => Poll::Pending,
        }
    }
}
