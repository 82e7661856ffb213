//! What is guarded: a request or a job, poll by poll.

use crate::{
    Mode,
    detector::Detector,
    guard,
    hits::Hits,
    label::Label,
    reporter::{self, Batch},
};
use std::sync::Arc;

/// A request or a job, and who looks after it.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    detector: Arc<Detector>,
    label: Label,
}

impl Subject {
    pub(crate) fn new(detector: Arc<Detector>, label: Label) -> Self {
        Self { detector, label }
    }

    /// Polls something. In [`Mode::Panic`] it panics if that blocked.
    #[inline]
    pub(crate) fn poll<T>(&self, poll: impl FnOnce() -> T) -> T {
        let (polled, hits) = self.guard(poll);
        if let Some(hits) = hits {
            if self.detector.config.mode == Mode::Panic {
                // What was polled is dropped on the way.
                self.panic(hits);
            } else {
                self.found(hits);
            }
        }
        polled
    }

    /// Polls something; what to say if it blocked.
    pub(crate) fn judge<T>(&self, poll: impl FnOnce() -> T) -> (T, Option<String>) {
        let (polled, hits) = self.guard(poll);
        // Waits for the names: a test may.
        let text = hits.and_then(|hits| reporter::judge(self.batch(hits)));
        (polled, text)
    }

    /// Drops something. Never panics itself.
    #[inline]
    pub(crate) fn drop(&self, drop: impl FnOnce()) {
        if let ((), Some(hits)) = self.guard(drop) {
            self.found(hits);
        }
    }

    #[inline]
    fn guard<T>(&self, work: impl FnOnce() -> T) -> (T, Option<Hits>) {
        let guard = guard::enter(&self.detector, &self.label);
        let done = work();
        (done, guard.leave())
    }

    #[cold]
    fn found(&self, hits: Hits) {
        reporter::found(self.batch(hits));
    }

    #[cold]
    fn panic(&self, hits: Hits) {
        if let Some(text) = reporter::judge(self.batch(hits)) {
            panic!("{text}");
        }
    }

    fn batch(&self, hits: Hits) -> Batch {
        Batch {
            detector: Arc::clone(&self.detector),
            label: self.label.clone(),
            hits,
        }
    }
}
