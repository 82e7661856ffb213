use super::{Name, Ttl};
use bytes::Bytes;
use std::fmt;

/// What a request did to a session: applied as a whole, or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Commit {
    /// The operations, in their order.
    pub ops: Vec<Op>,
    /// The version that the session has to be at.
    pub expect: Option<u64>,
    /// How long the session lives from now.
    pub ttl: Ttl,
    /// Whose session it is from now on.
    pub owner: OwnerChange,
}

impl Commit {
    /// A commit that changes nothing but the life of the session.
    #[must_use]
    pub fn new(ttl: Ttl) -> Self {
        Self {
            ops: Vec::new(),
            expect: None,
            ttl,
            owner: OwnerChange::Keep,
        }
    }

    /// With these operations.
    #[must_use]
    pub fn ops(mut self, ops: Vec<Op>) -> Self {
        self.ops = ops;
        self
    }

    /// Only at this version.
    #[must_use]
    pub fn expect(mut self, version: u64) -> Self {
        self.expect = Some(version);
        self
    }

    /// With this change of the owner.
    #[must_use]
    pub fn owner(mut self, owner: OwnerChange) -> Self {
        self.owner = owner;
        self
    }
}

/// One operation on the entries of a session.
#[derive(Clone, PartialEq, Eq)]
pub enum Op {
    /// Sets an entry.
    Set {
        /// Its name.
        name: Name,
        /// Its value, as JSON text.
        value: Bytes,
    },
    /// Removes an entry, if it is there.
    Remove {
        /// Its name.
        name: Name,
    },
    /// Removes all entries.
    Clear,
}

impl Op {
    /// Sets `name` to `value`, which is JSON text.
    pub fn set(name: impl Into<Name>, value: impl Into<Bytes>) -> Self {
        Self::Set {
            name: name.into(),
            value: value.into(),
        }
    }

    /// Removes `name`.
    pub fn remove(name: impl Into<Name>) -> Self {
        Self::Remove { name: name.into() }
    }
}

/// Values are nobody's business.
impl fmt::Debug for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set { name, value } => write!(f, "Set({name:?}, {} bytes)", value.len()),
            Self::Remove { name } => write!(f, "Remove({name:?})"),
            Self::Clear => f.write_str("Clear"),
        }
    }
}

/// What becomes of the owner of a session.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum OwnerChange {
    /// Nothing.
    #[default]
    Keep,
    /// The session is bound to this owner.
    Bind(Name),
    /// The session is nobody's.
    Unbind,
}

/// Says whose session it is to nobody.
impl fmt::Debug for OwnerChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Keep => "Keep",
            Self::Bind(_) => "Bind(..)",
            Self::Unbind => "Unbind",
        })
    }
}

/// What came of a [`create`](crate::SessionStore::create).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// There is a new session.
    Created,
    /// There was one already, and it is as it was.
    Exists,
}

/// What came of a [`commit`](crate::SessionStore::commit).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// The session has changed.
    Applied {
        /// Its version from now on.
        version: u64,
    },
    /// The session is at another version than expected.
    Conflict,
    /// There is no session.
    Gone,
}

/// What came of a [`rotate`](crate::SessionStore::rotate).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// The session has moved and changed.
    Applied {
        /// Its version from now on.
        version: u64,
    },
    /// The session is at another version than expected.
    Conflict,
    /// There is no session under the old key.
    Gone,
    /// There is one under the new key.
    Exists,
}
