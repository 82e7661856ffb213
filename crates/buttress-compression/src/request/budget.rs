/// How much may be decoded between two pauses, in bytes in and out. At the
/// 150 MB/s of the slowest codec on ordinary input that is under a millisecond.
const BUDGET: usize = 128 * 1024;

/// What a call of a codec costs at least, so that a body of a million empty
/// members or of frames of one byte runs out of budget too.
const MIN_COST: usize = 1024;

/// How much more a byte costs that yields none. A stream can be crafted of
/// nothing but the tables of empty blocks, on which a codec spends 50 ns a byte.
const IDLE_COST: usize = 7;

/// Counts the work done since the body last answered `Pending`.
///
/// A reader that collects a body asks for frame after frame without going back
/// to its executor, so counting within one poll would not be enough.
#[derive(Debug, Default)]
pub(super) struct Budget {
    spent: usize,
}

impl Budget {
    /// Counts a call that read and wrote so many bytes.
    pub(super) fn charge(&mut self, read: usize, written: usize) {
        let cost = read + written + IDLE_COST * read.saturating_sub(written);
        self.spent += cost.max(MIN_COST);
    }

    pub(super) fn is_spent(&self) -> bool {
        self.spent >= BUDGET
    }

    /// To be called with every `Pending`.
    pub(super) fn renew(&mut self) {
        self.spent = 0;
    }
}
