//! Waits that double.

/// From `first` to `longest`.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    first: u64,
    longest: u64,
    times: u32,
}

impl Backoff {
    pub(crate) fn new(first: u64, longest: u64) -> Self {
        Self {
            first,
            longest: longest.max(first),
            times: 0,
        }
    }

    pub(crate) fn next(&mut self) -> u64 {
        let factor = 1u64.checked_shl(self.times).unwrap_or(u64::MAX);
        self.times = self.times.saturating_add(1);
        self.first.saturating_mul(factor).min(self.longest)
    }

    pub(crate) fn reset(&mut self) {
        self.times = 0;
    }

    /// One step back.
    pub(crate) fn relax(&mut self) {
        self.times = self.times.saturating_sub(1);
    }
}
