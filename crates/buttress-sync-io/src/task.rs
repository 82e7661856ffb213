use crate::{Mode, SyncIoLayer, label::Label, subject::Subject};
use pin_project_lite::pin_project;
use std::{
    future::Future,
    pin::Pin,
    sync::OnceLock,
    task::{Context, Poll},
};

/// Guards futures that no layer sees: spawned tasks.
pub trait WatchBlocking: Future + Sized {
    /// Guards each poll, and the drop, as [`SyncIoLayer`](crate::SyncIoLayer)
    /// does in [`Mode::Watch`] with its defaults. Reports name the job.
    ///
    /// ```
    /// use buttress_sync_io::WatchBlocking;
    ///
    /// # async fn handler() {
    /// tokio::spawn(async { /* send a mail */ }.watch_blocking("mail"));
    /// # }
    /// ```
    fn watch_blocking(self, job: &str) -> WatchedFuture<Self> {
        static WATCH: OnceLock<SyncIoLayer> = OnceLock::new();
        self.watch_blocking_as(job, WATCH.get_or_init(|| SyncIoLayer::new(Mode::Watch)))
    }

    /// As [`watch_blocking`](Self::watch_blocking), with the settings of a layer,
    /// which also counts what is found.
    fn watch_blocking_as(self, job: &str, layer: &SyncIoLayer) -> WatchedFuture<Self> {
        WatchedFuture::new(self, layer.handle().subject(|_| Label::job(job)))
    }
}

impl<F: Future> WatchBlocking for F {}

pin_project! {
    /// The future of [`WatchBlocking`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct WatchedFuture<F> {
        // `None` once it is ready: it is dropped within a guard.
        #[pin]
        inner: Option<F>,
        subject: Option<Subject>,
    }

    impl<F> PinnedDrop for WatchedFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let (Some(subject), Some(_)) = (*this.subject, this.inner.as_ref().as_pin_ref()) {
                subject.drop(|| this.inner.set(None));
            }
        }
    }
}

impl<F> WatchedFuture<F> {
    pub(crate) fn new(inner: F, subject: Option<Subject>) -> Self {
        Self {
            inner: Some(inner),
            subject,
        }
    }
}

impl<F> WatchedFuture<F> {
    /// Who looks after it, also for what comes after the future.
    pub(crate) fn subject(self: Pin<&mut Self>) -> Option<Subject> {
        *self.project().subject
    }
}

impl<F: Future> Future for WatchedFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let mut poll = || {
            let inner = this.inner.as_mut().as_pin_mut();
            let polled = inner
                .expect("a future is not polled after it is ready")
                .poll(cx);
            if polled.is_ready() {
                this.inner.set(None);
            }
            polled
        };
        match *this.subject {
            Some(subject) => subject.poll(poll),
            None => poll(),
        }
    }
}
