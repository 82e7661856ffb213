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
    pub(crate) fn poll<T>(&self, poll: impl FnOnce() -> T) -> T {
        let guard = guard::enter(&self.detector, &self.label);
        let polled = poll();
        if let Some(hits) = guard.leave() {
            self.found(hits, true);
        }
        polled
    }

    /// Drops something. Never panics itself.
    pub(crate) fn drop(&self, drop: impl FnOnce()) {
        let guard = guard::enter(&self.detector, &self.label);
        drop();
        if let Some(hits) = guard.leave() {
            self.found(hits, false);
        }
    }

    #[cold]
    fn found(&self, hits: Hits, may_panic: bool) {
        let batch = Batch {
            detector: Arc::clone(&self.detector),
            label: self.label.clone(),
            hits,
        };
        if self.detector.config.mode != Mode::Panic || !may_panic {
            reporter::found(batch);
            return;
        }
        // Waits for the names: a test may, and it has to panic here.
        if let Some(text) = reporter::judge(batch) {
            panic!("{text}");
        }
    }
}
