use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What has become of the lines that a [`Writer`](crate::Writer) was given.
///
/// Once it is flushed, `written + dropped` is the number of all lines, and while
/// it runs those in memory are missing from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Lines that the sink has taken.
    pub written: u64,
    /// Lines for which there was no room, or no thread any more to write them.
    pub overflowed: u64,
    /// Lines that the sink refused: see [`write_errors`](Self::write_errors).
    pub failed: u64,
    /// How often the sink failed: a closed pipe, a full disk, a file that cannot be
    /// opened or renamed.
    pub write_errors: u64,
    /// The bytes in memory that are still to be written.
    pub pending_bytes: u64,
}

impl Stats {
    /// All lines that are lost.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.overflowed + self.failed
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    written: AtomicU64,
    overflowed: AtomicU64,
    failed: AtomicU64,
    write_errors: AtomicU64,
    /// Dropped since a line last told so.
    unsaid: AtomicU64,
}

impl Counters {
    pub(super) fn count_written(&self, lines: u64) {
        self.written.fetch_add(lines, Relaxed);
    }

    pub(super) fn count_overflowed(&self, lines: u64) {
        self.overflowed.fetch_add(lines, Relaxed);
        self.unsaid.fetch_add(lines, Relaxed);
    }

    pub(super) fn count_failed(&self, lines: u64) {
        self.failed.fetch_add(lines, Relaxed);
        self.unsaid.fetch_add(lines, Relaxed);
    }

    pub(super) fn count_error(&self) {
        self.write_errors.fetch_add(1, Relaxed);
    }

    pub(super) fn take_unsaid(&self) -> u64 {
        // Almost always there is nothing, and reading is cheaper than swapping.
        match self.unsaid.load(Relaxed) {
            0 => 0,
            _ => self.unsaid.swap(0, Relaxed),
        }
    }

    pub(super) fn give_back(&self, dropped: u64) {
        if dropped > 0 {
            self.unsaid.fetch_add(dropped, Relaxed);
        }
    }

    pub(super) fn stats(&self, pending_bytes: u64) -> Stats {
        Stats {
            written: self.written.load(Relaxed),
            overflowed: self.overflowed.load(Relaxed),
            failed: self.failed.load(Relaxed),
            write_errors: self.write_errors.load(Relaxed),
            pending_bytes,
        }
    }
}

/// How many lines end in `bytes`.
pub(super) fn lines_in(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&byte| byte == b'\n').count() as u64
}
