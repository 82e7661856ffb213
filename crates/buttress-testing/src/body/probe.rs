use crate::Flag;
use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

/// What became of a [`ScriptedBody`](super::ScriptedBody), seen from outside.
#[derive(Clone, Debug, Default)]
pub struct Probe {
    counts: Arc<Counts>,
    finished: Flag,
    failed: Flag,
    dropped: Flag,
}

#[derive(Debug, Default)]
struct Counts {
    polls: AtomicUsize,
    polls_after_end: AtomicUsize,
    frames: AtomicUsize,
    bytes: AtomicU64,
}

impl Probe {
    /// How often the body was polled, those after its end included.
    #[must_use]
    pub fn polls(&self) -> usize {
        self.counts.polls.load(Ordering::SeqCst)
    }

    /// How often it was polled after its end: a server may have swallowed the
    /// panic that told of it.
    #[must_use]
    pub fn polls_after_end(&self) -> usize {
        self.counts.polls_after_end.load(Ordering::SeqCst)
    }

    /// How many data frames it gave, empty ones included.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.counts.frames.load(Ordering::SeqCst)
    }

    /// How many bytes of data it gave.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.counts.bytes.load(Ordering::SeqCst)
    }

    /// Whether it answered `None`.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.finished.is_set()
    }

    /// Whether it gave its error.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        self.failed.is_set()
    }

    /// Whether it was dropped.
    #[must_use]
    pub fn is_dropped(&self) -> bool {
        self.dropped.is_set()
    }

    /// Waits until it is dropped.
    pub async fn dropped(&self) {
        self.dropped.wait().await;
    }

    pub(super) fn count_poll(&self) {
        self.counts.polls.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn count_poll_after_end(&self) {
        self.counts.polls_after_end.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn count_data(&self, len: usize) {
        self.counts.frames.fetch_add(1, Ordering::SeqCst);
        self.counts.bytes.fetch_add(len as u64, Ordering::SeqCst);
    }

    pub(super) fn set_finished(&self) {
        self.finished.set();
    }

    pub(super) fn set_failed(&self) {
        self.failed.set();
    }

    pub(super) fn set_dropped(&self) {
        self.dropped.set();
    }
}
