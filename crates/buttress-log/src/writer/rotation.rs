use std::time::Duration;

/// When a log file makes room for a new one.
///
/// The file `app.log` becomes `app.log.1`, that one `app.log.2`, and so on; the
/// oldest of those [to keep](Self::keep) goes. A line is never split between two.
///
/// ```
/// use buttress_log::Rotation;
///
/// let rotation = Rotation::daily().at_size(100 * 1024 * 1024).keep(7);
/// # let _ = rotation;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Rotation {
    pub(super) size: Option<u64>,
    /// Counted from midnight of 1970-01-01 in UTC.
    pub(super) every: Option<Duration>,
    pub(super) keep: u32,
}

impl Rotation {
    /// The file grows for ever, or until some other program moves it and asks for a
    /// [new one](crate::Writer::reopen).
    pub const fn never() -> Self {
        Self {
            size: None,
            every: None,
            keep: 5,
        }
    }

    /// At each midnight, UTC.
    pub const fn daily() -> Self {
        Self::every(Duration::from_secs(24 * 60 * 60))
    }

    /// At each full hour, UTC.
    pub const fn hourly() -> Self {
        Self::every(Duration::from_secs(60 * 60))
    }

    /// Before the file would be larger than so many bytes. A single line that is
    /// larger has a file of its own.
    pub const fn size(bytes: u64) -> Self {
        Self::never().at_size(bytes)
    }

    /// Also by size.
    pub const fn at_size(mut self, bytes: u64) -> Self {
        self.size = Some(bytes);
        self
    }

    /// How many old files stay, the current one not counted: 5 by default, and at
    /// least one.
    pub const fn keep(mut self, files: u32) -> Self {
        self.keep = if files == 0 { 1 } else { files };
        self
    }

    const fn every(period: Duration) -> Self {
        let mut rotation = Self::never();
        rotation.every = Some(period);
        rotation
    }
}
