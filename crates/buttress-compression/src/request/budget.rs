/// How much may be decoded between two pauses, in bytes in and out. At the
/// 150 MB/s of the slowest codec on the slowest input that is under a
/// millisecond.
const BUDGET: usize = 128 * 1024;

/// What a call of a codec costs at least, so that a body of a million empty
/// members or of frames of one byte runs out of budget too.
const MIN_COST: usize = 1024;

/// Counts the work done since the body last answered `Pending`.
///
/// A reader that collects a body asks for frame after frame without going back
/// to its executor, so counting within one poll would not be enough.
#[derive(Debug, Default)]
pub(super) struct Budget {
    spent: usize,
}

impl Budget {
    pub(super) fn charge(&mut self, bytes: usize) {
        self.spent = self.spent.saturating_add(bytes.max(MIN_COST));
    }

    pub(super) fn is_spent(&self) -> bool {
        self.spent >= BUDGET
    }

    /// To be called with every `Pending`.
    pub(super) fn renew(&mut self) {
        self.spent = 0;
    }
}
