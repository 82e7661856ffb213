use crate::envelope::LARGEST_HEAD;
use std::time::Duration;

/// What a store was told.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) deadline: Duration,
    pub(crate) write_deadline: Duration,
    pub(crate) largest_body: usize,
    pub(crate) variants: usize,
    pub(crate) kept_for_validation: Duration,
    pub(crate) distrust_after: Duration,
}

impl Settings {
    /// The longest that anything lives in Redis, or is waited for: what is added to a
    /// moment has to have a bound.
    pub(crate) const LONGEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);
    /// The longest key.
    pub(crate) const LARGEST_KEY: usize = 8 << 10;
    /// The longest head, with what Redis keeps beside it.
    pub(crate) const LARGEST_RECORD: usize = LARGEST_HEAD + (64 << 10);
    /// How many purges Redis remembers for those who have missed some.
    pub(crate) const RECENT: usize = 1024;
    /// How many prefixes were purged before all is.
    pub(crate) const PREFIXES: usize = 128;
    /// So many commands in a row without an answer, and the connection is given up.
    pub(crate) const FAILURES: u32 = 5;
    /// What may be on its way to Redis at once, in bytes.
    pub(crate) const WRITES: usize = 32 << 20;
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            deadline: Duration::from_millis(100),
            write_deadline: Duration::from_secs(1),
            largest_body: 2 << 20,
            variants: 16,
            kept_for_validation: Duration::from_secs(60 * 60),
            distrust_after: Duration::from_secs(10),
        }
    }
}
