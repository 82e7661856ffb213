use super::shared::Shared;
use std::{error::Error, fmt, mem, sync::Arc, time::Duration};

/// Ends a [`Writer`](crate::Writer) in order when it is dropped: all lines are
/// written, at most within the
/// [`shutdown_deadline`](crate::WriterBuilder::shutdown_deadline).
///
/// Keep it in `main` until its end. It prints nothing itself, and a reader that is
/// stuck cannot hold it up for longer.
#[must_use = "when it is dropped the writer stops"]
#[derive(Debug)]
pub struct Guard {
    shared: Arc<Shared>,
    deadline: Duration,
}

impl Guard {
    pub(super) fn new(shared: Arc<Shared>, deadline: Duration) -> Self {
        Self { shared, deadline }
    }

    /// As [`Writer::flush`](crate::Writer::flush): what was taken before has been
    /// written when this is `Ok`.
    ///
    /// # Errors
    ///
    /// If there are still lines in memory after `deadline`.
    pub fn flush(&self, deadline: Duration) -> Result<(), FlushError> {
        self.shared.flush(deadline)
    }

    /// What dropping it does, and tells how it went.
    ///
    /// # Errors
    ///
    /// If there were still lines in memory after the deadline.
    pub fn shutdown(mut self) -> Result<(), FlushError> {
        // What is left of it is dropped here, and must not wait once more.
        let deadline = mem::take(&mut self.deadline);
        self.shared.stop(deadline)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Nobody is left to tell.
        let _ = self.shared.stop(self.deadline);
    }
}

/// Not all lines could be written in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlushError {
    pending_bytes: u64,
}

impl FlushError {
    pub(super) fn new(pending_bytes: u64) -> Self {
        Self { pending_bytes }
    }

    /// The bytes that were still in memory.
    #[must_use]
    pub fn pending_bytes(&self) -> u64 {
        self.pending_bytes
    }
}

impl fmt::Display for FlushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pending = self.pending_bytes;
        write!(
            f,
            "{pending} bytes of log lines could not be written within the deadline"
        )
    }
}

impl Error for FlushError {}
