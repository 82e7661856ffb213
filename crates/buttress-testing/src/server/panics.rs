use pin_project_lite::pin_project;
use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

/// The texts of the panics in a server's tasks.
#[derive(Clone, Debug, Default)]
pub(super) struct Panics(Arc<Mutex<Vec<String>>>);

impl Panics {
    pub(super) fn texts(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn record<F: Future>(&self, future: F) -> Recorded<F> {
        Recorded {
            future,
            panics: self.clone(),
        }
    }

    fn push(&self, payload: &(dyn Any + Send)) {
        let text = payload.downcast_ref::<String>().cloned();
        let text = text.or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string));
        let text = text.unwrap_or_else(|| String::from("a panic without a text"));
        let mut texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        texts.push(text);
    }
}

/// Spawns the tasks of HTTP/2 streams, whose panics hyper would not tell of.
#[derive(Clone, Debug)]
pub(super) struct RecordingExecutor(Panics);

impl RecordingExecutor {
    pub(super) fn new(panics: Panics) -> Self {
        Self(panics)
    }
}

impl<F> hyper::rt::Executor<F> for RecordingExecutor
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, future: F) {
        tokio::spawn(self.0.record(future));
    }
}

pin_project! {
    /// Writes down a panic, and lets it go on.
    pub(super) struct Recorded<F> {
        #[pin]
        future: F,
        panics: Panics,
    }
}

impl<F: Future> Future for Recorded<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        catch_unwind(AssertUnwindSafe(|| this.future.poll(cx))).unwrap_or_else(|payload| {
            this.panics.push(payload.as_ref());
            resume_unwind(payload)
        })
    }
}
