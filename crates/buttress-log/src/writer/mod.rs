//! Takes lines from any thread without waiting, and writes them from one.

mod builder;
mod drainer;
mod file;
mod guard;
#[cfg(all(unix, feature = "signal"))]
mod hangup;
#[cfg(feature = "subscriber")]
mod make_writer;
mod rotation;
mod shards;
mod shared;
mod sink;
mod stats;

pub use builder::{Overflow, WriterBuilder};
pub use guard::{FlushError, Guard};
#[cfg(feature = "subscriber")]
pub use make_writer::LineWriter;
pub use rotation::Rotation;
pub use stats::Stats;

use shared::Shared;
use std::{io, sync::Arc, time::Duration};

/// Where lines go: into buffers of this process, which one thread writes out.
///
/// A line costs its thread a copy. The thread that writes is woken by a tick, or
/// when a buffer is half full, and alone waits for whoever reads: a reader that is
/// stuck stops nobody but it. Until then lines stay in memory up to
/// [`capacity`](WriterBuilder::capacity), and what comes after it is dropped and
/// counted.
///
/// Clones share the buffers. See the [crate docs](crate).
#[derive(Clone, Debug)]
pub struct Writer {
    shared: Arc<Shared>,
}

impl Writer {
    /// The settings of a new one.
    pub fn builder() -> WriterBuilder {
        WriterBuilder::new()
    }

    /// Writes to the standard output, with the default settings.
    ///
    /// # Errors
    ///
    /// If there is no standard output, or no thread can be started.
    pub fn stdout() -> io::Result<(Self, Guard)> {
        Self::builder().stdout()
    }

    /// Writes to the standard error, with the default settings.
    ///
    /// # Errors
    ///
    /// If there is no standard error, or no thread can be started.
    pub fn stderr() -> io::Result<(Self, Guard)> {
        Self::builder().stderr()
    }

    /// Waits until all that was taken before has been written, at most for
    /// `deadline`.
    ///
    /// It blocks the thread that calls it: for the end of a program, not for a
    /// request.
    ///
    /// # Errors
    ///
    /// If there are still lines in memory after that time.
    pub fn flush(&self, deadline: Duration) -> Result<(), FlushError> {
        self.shared.flush(deadline)
    }

    /// Opens the file again under its name, before the next line is written: for
    /// when some other program has moved it. Nothing happens to other sinks.
    pub fn reopen(&self) {
        self.shared.ask_to_reopen();
    }

    /// What has become of the lines so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// Takes a line, newline included. False if it was dropped and counted.
    pub(crate) fn push(&self, line: &[u8]) -> bool {
        self.shared.push(line)
    }

    /// How many lines were dropped since a line last told. Whoever takes the
    /// number tells it, or [gives it back](Self::give_back).
    pub(crate) fn take_unsaid(&self) -> u64 {
        self.shared.counters.take_unsaid()
    }

    /// Counts a line that there never was, since what makes it panicked.
    pub(crate) fn count_lost(&self) {
        self.shared.counters.count_overflowed(1);
    }

    pub(crate) fn wake(&self) {
        self.shared.wake();
    }

    pub(crate) fn give_back(&self, dropped: u64) {
        self.shared.counters.give_back(dropped);
    }
}
