/// What held a worker up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// Contents of a file: opening, reading, writing, syncing it.
    File,
    /// What is known of a file: `stat`, `chmod`, `readlink`.
    Metadata,
    /// A directory: listing and changing it.
    Directory,
    /// A socket that is not in non-blocking mode.
    Network,
    /// The address of a name.
    Dns,
    /// A sleep.
    Sleep,
    /// A lock that another thread held, a condition, a channel.
    Lock,
    /// The start of a process.
    Process,
    /// The end of a process or of a thread, a signal, `poll` with a timeout.
    Wait,
    /// A pipe or a terminal.
    Pipe,
    /// No call: the poll computed for longer than the budget.
    Cpu,
    /// Longer than the budget, and no more could be learned.
    Unknown,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::File,
        Self::Metadata,
        Self::Directory,
        Self::Network,
        Self::Dns,
        Self::Sleep,
        Self::Lock,
        Self::Process,
        Self::Wait,
        Self::Pipe,
        Self::Cpu,
        Self::Unknown,
    ];

    /// The name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Metadata => "metadata",
            Self::Directory => "directory",
            Self::Network => "network",
            Self::Dns => "dns",
            Self::Sleep => "sleep",
            Self::Lock => "lock",
            Self::Process => "process",
            Self::Wait => "wait",
            Self::Pipe => "pipe",
            Self::Cpu => "cpu",
            Self::Unknown => "unknown",
        }
    }
}

/// A set of kinds, small enough for an atomic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kinds(u32);

impl Kinds {
    pub(crate) const NONE: Self = Self(0);

    #[must_use]
    pub(crate) fn with(self, kind: Kind) -> Self {
        Self(self.0 | 1 << kind as u32)
    }
}

#[cfg(feature = "detect")]
impl Kinds {
    pub(crate) fn contains(self, kind: Kind) -> bool {
        self.0 & 1 << kind as u32 != 0
    }

    pub(crate) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn bits(self) -> u32 {
        self.0
    }

    pub(crate) fn from_bits(bits: u32) -> Self {
        Self(bits)
    }
}
