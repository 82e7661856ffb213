//! Where a worker says what it is doing, and the watchdog reads it.

use crate::label::Label;
use std::{
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{
            AtomicU32, AtomicU64,
            Ordering::{Acquire, Relaxed, Release},
            fence,
        },
    },
    time::{Duration, Instant},
};

/// One worker's. It is never freed, only used again by another thread, so that
/// the watchdog, and the kernel, may look at any time.
///
/// A sequence lock: odd while a poll is guarded. The worker is its only writer.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Slot {
    sequence: AtomicU64,
    /// The number of the detector whose poll it is, and what it is for.
    subject: AtomicU64,
    /// The kinds that are allowed just now.
    kinds: AtomicU32,
    /// The poll whose end the watchdog wants to know.
    noticed: AtomicU64,
    ended: Mutex<Option<(u64, Instant)>>,
    thread: Mutex<Option<Thread>>,
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    pub(crate) trapped: crate::exact::Trapped,
}

/// Who has a slot.
#[derive(Clone, Debug)]
pub(crate) struct Thread {
    pub(crate) id: i32,
    pub(crate) name: Arc<str>,
    pub(crate) stack: Range<u64>,
}

/// A guarded poll, as the watchdog sees it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) sequence: u64,
    pub(crate) detector: u32,
    pub(crate) label: Label,
    pub(crate) kinds: u32,
}

/// The side of the worker.
impl Slot {
    /// A poll begins.
    #[inline]
    pub(crate) fn open(&self, detector: u32, label: Label) {
        let subject = u64::from(detector) << 32 | u64::from(label.to_bits());
        self.subject.store(subject, Relaxed);
        self.resume();
    }

    /// What was going on goes on.
    #[inline]
    pub(crate) fn resume(&self) {
        let next = self.sequence.load(Relaxed) + 1;
        self.sequence.store(next, Release);
    }

    /// It is over, or is allowed to block.
    #[inline]
    pub(crate) fn close(&self) {
        let current = self.sequence.load(Relaxed);
        self.sequence.store(current + 1, Relaxed);
        // Before the subject of the next poll, for a reader that sees that.
        fence(Release);
        if self.noticed.load(Relaxed) == current {
            self.end(current);
        }
    }

    #[cold]
    fn end(&self, sequence: u64) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        *ended = Some((sequence, Instant::now()));
    }

    pub(crate) fn allow(&self, kinds: u32) {
        self.kinds.store(kinds, Relaxed);
    }

    /// The detector and the label of the latest poll.
    pub(crate) fn subject(&self) -> (u32, Label) {
        let subject = self.subject.load(Relaxed);
        ((subject >> 32) as u32, Label::from_bits(subject as u32))
    }

    pub(crate) fn take_over(&self, thread: Option<Thread>) {
        self.allow(0);
        *self.thread.lock().unwrap_or_else(PoisonError::into_inner) = thread;
    }
}

/// The side of the watchdog.
impl Slot {
    /// The poll that is going on.
    pub(crate) fn look(&self) -> Option<Seen> {
        let sequence = self.sequence.load(Acquire);
        if sequence % 2 == 0 {
            return None;
        }
        let (detector, label) = self.subject();
        let seen = Seen {
            sequence,
            detector,
            label,
            kinds: self.kinds.load(Relaxed),
        };
        self.is_still(sequence).then_some(seen)
    }

    /// Whether that poll is still going on, so that all that was read since is
    /// its own.
    pub(crate) fn is_still(&self, sequence: u64) -> bool {
        fence(Acquire);
        self.sequence.load(Relaxed) == sequence
    }

    /// Asks the worker to say when the poll ends.
    pub(crate) fn notice(&self, sequence: u64) {
        self.noticed.store(sequence, Relaxed);
    }

    /// When a noticed poll ended.
    pub(crate) fn end_of(&self, sequence: u64) -> Option<Instant> {
        let ended = *self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.filter(|(of, _)| *of == sequence).map(|(_, at)| at)
    }

    /// What the exact tier has taken of this worker's time so far, which is no poll's.
    pub(crate) fn ours(&self) -> Duration {
        #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
        return self.trapped.recording();
        #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
        Duration::ZERO
    }

    pub(crate) fn thread(&self) -> Option<Thread> {
        let thread = self.thread.lock();
        thread.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;

    #[test]
    fn a_poll_is_seen_until_it_ends_or_pauses() {
        let slot = Slot::default();
        assert!(slot.look().is_none());
        let label = Label::request(&Method::GET, Some("/a"));
        slot.open(7, label);
        let seen = slot.look().expect("it is open");
        assert_eq!((seen.detector, seen.label), (7, label));
        assert!(slot.is_still(seen.sequence));
        slot.close();
        assert!(slot.look().is_none() && !slot.is_still(seen.sequence));
        slot.resume();
        assert_ne!(slot.look().map(|seen| seen.sequence), Some(seen.sequence));
    }

    #[test]
    fn the_end_of_a_noticed_poll_is_known() {
        let slot = Slot::default();
        slot.open(1, Label::job("a"));
        let seen = slot.look().expect("it is open");
        slot.notice(seen.sequence);
        assert!(slot.end_of(seen.sequence).is_none());
        slot.close();
        assert!(slot.end_of(seen.sequence).is_some());
    }

    #[test]
    fn a_reader_never_gets_one_polls_subject_for_another() {
        let slot = Slot::default();
        let labels = ["/a", "/b"].map(Label::job);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut read = 0;
                while read < 10_000 {
                    let Some(seen) = slot.look() else { continue };
                    assert_eq!(seen.detector, (seen.sequence / 2 % 2) as u32);
                    assert_eq!(seen.label, labels[seen.detector as usize]);
                    read += 1;
                }
            });
            let mut at = 0;
            while !reader.is_finished() {
                slot.open(at, labels[at as usize]);
                std::hint::black_box(&slot);
                slot.close();
                at = 1 - at;
            }
        });
    }
}
