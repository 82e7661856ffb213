//! What is guarded: a request or a job, poll by poll.

use crate::{
    Mode,
    detector::{self, Detector},
    guard,
    hits::Hits,
    label::Label,
    reporter::{self, Batch},
    watch::Slot,
};

/// A request or a job, and who looks after it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject {
    detector: &'static Detector,
    label: Label,
}

impl Subject {
    pub(crate) fn new(detector: &'static Detector, label: Label) -> Self {
        Self { detector, label }
    }

    /// Polls something. In [`Mode::Panic`] it panics if that blocked.
    #[inline]
    pub(crate) fn poll<T>(self, poll: impl FnOnce() -> T) -> T {
        let (polled, has_hits) = guard::guard(self.detector, self.label, poll);
        if has_hits {
            self.blocked();
        }
        polled
    }

    /// Polls something; what to say if it blocked.
    pub(crate) fn judge<T>(self, poll: impl FnOnce() -> T) -> (T, Option<String>) {
        let (polled, has_hits) = guard::guard(self.detector, self.label, poll);
        // Waits for the names: a test may.
        let hits = has_hits.then(guard::take).flatten();
        let text = hits.and_then(|hits| reporter::judge(self.batch(hits)));
        (polled, text)
    }

    /// Drops something. Never panics itself.
    #[inline]
    pub(crate) fn drop(self, drop: impl FnOnce()) {
        let ((), has_hits) = guard::guard(self.detector, self.label, drop);
        if has_hits {
            self.found();
        }
    }

    /// What was polled is dropped on the way of the panic.
    #[cold]
    fn blocked(self) {
        if self.detector.config.mode != Mode::Panic {
            self.found();
        } else if let Some(text) = guard::take().and_then(|hits| reporter::judge(self.batch(hits)))
        {
            panic!("{text}");
        }
    }

    #[cold]
    fn found(self) {
        if let Some(hits) = guard::take() {
            reporter::found(self.batch(hits));
        }
    }

    fn batch(self, hits: Hits) -> Batch {
        let Self { detector, label } = self;
        Batch {
            detector,
            label,
            hits,
        }
    }
}

/// A poll panicked after it had blocked, and nobody has asked what was found:
/// the slot still says whose it was.
#[cold]
pub(crate) fn left_behind(slot: &Slot) {
    let (detector, label) = slot.subject();
    if let Some(detector) = detector::find(detector) {
        Subject { detector, label }.found();
    }
}
