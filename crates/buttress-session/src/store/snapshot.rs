use super::{Entries, Name, StoreKey};
use std::{fmt, time::SystemTime};

/// A session as it was when a store looked.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// What it holds.
    pub entries: Entries,
    /// How often it was written: 1 when it was created.
    pub version: u64,
    /// When it was created; a rotation does not change that.
    pub created: SystemTime,
    /// Whose it is.
    pub owner: Option<Name>,
}

impl Snapshot {
    /// A session that is nobody's.
    #[must_use]
    pub fn new(entries: Entries, version: u64, created: SystemTime) -> Self {
        Self {
            entries,
            version,
            created,
            owner: None,
        }
    }

    /// The session of `owner`.
    #[must_use]
    pub fn owner(mut self, owner: Option<Name>) -> Self {
        self.owner = owner;
        self
    }
}

/// Shows names alone.
impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("entries", &self.entries)
            .field("version", &self.version)
            .field("created", &self.created)
            .field("has_owner", &self.owner.is_some())
            .finish()
    }
}

/// One of an owner's sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnedSession {
    /// Where it is.
    pub key: StoreKey,
    /// When it was created.
    pub created: SystemTime,
}

impl OwnedSession {
    /// The session under `key`.
    #[must_use]
    pub fn new(key: StoreKey, created: SystemTime) -> Self {
        Self { key, created }
    }
}

/// What a [`sweep`](crate::SessionStore::sweep) did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Swept {
    /// How many sessions it removed.
    pub removed: usize,
    /// Whether more are known to wait.
    pub has_more: bool,
}

impl Swept {
    /// `removed` sessions went, and perhaps more wait.
    #[must_use]
    pub fn new(removed: usize, has_more: bool) -> Self {
        Self { removed, has_more }
    }
}
