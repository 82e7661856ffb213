use super::{Limits, Name};
use crate::store::{Commit, Entries, Op, OwnerChange, Snapshot, StoreError, StoreKey, Ttl};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// One session, or what an old key still shows of it.
#[derive(Clone)]
pub(super) struct Record {
    pub(super) snapshot: Snapshot,
    pub(super) born: Instant,
    pub(super) ends: Instant,
    pub(super) kin: Kin,
}

/// The other record of the same session, if there is one.
#[derive(Clone)]
pub(super) enum Kin {
    /// This is the session. It may have moved here from an old key.
    Session { old: Option<StoreKey> },
    /// This is an old key in its grace. The session is elsewhere.
    Moved { to: StoreKey },
}

/// The bookkeeping of one record, by and large.
const OVERHEAD: usize = 512;
/// As good as for ever, and instants can still be added to.
const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365 * 30);

impl Record {
    pub(super) fn create(commit: &Commit, now: Instant) -> Self {
        let mut record = Self {
            snapshot: Snapshot::new(Entries::default(), 0, SystemTime::now()),
            born: now,
            ends: now,
            kin: Kin::Session { old: None },
        };
        record.apply(commit, now);
        record
    }

    pub(super) fn apply(&mut self, commit: &Commit, now: Instant) {
        self.snapshot.entries.apply(&commit.ops);
        self.snapshot.version += 1;
        match &commit.owner {
            OwnerChange::Keep => {}
            OwnerChange::Bind(owner) => self.snapshot.owner = Some(owner.clone()),
            OwnerChange::Unbind => self.snapshot.owner = None,
        }
        self.prolong(commit.ttl, now);
    }

    pub(super) fn prolong(&mut self, ttl: Ttl, now: Instant) {
        self.ends = now + ttl.left(now - self.born).min(FAR);
    }

    /// What the old key shows from now on.
    pub(super) fn left_behind(&self, to: StoreKey, grace: Duration, now: Instant) -> Self {
        Self {
            snapshot: self.snapshot.clone(),
            born: self.born,
            ends: self.ends.min(now + grace.min(FAR)),
            kin: Kin::Moved { to },
        }
    }

    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.ends <= now
    }

    pub(super) fn is_session(&self) -> bool {
        matches!(self.kin, Kin::Session { .. })
    }

    pub(super) fn owner(&self) -> Option<&Name> {
        self.snapshot.owner.as_ref().filter(|_| self.is_session())
    }

    pub(super) fn size(&self) -> usize {
        let owner = self.snapshot.owner.as_ref().map_or(0, |owner| owner.len());
        OVERHEAD + owner + self.snapshot.entries.size()
    }

    /// Whether a commit can be applied on the spot: it cannot be too much, and the
    /// owner stays.
    pub(super) fn has_room_for(&self, commit: &Commit, limits: Limits) -> bool {
        let grows = commit.ops.iter().map(|op| match op {
            Op::Set { name, value } => name.len() + value.len(),
            Op::Remove { .. } | Op::Clear => 0,
        });
        let most = self.snapshot.entries.size() + grows.sum::<usize>();
        commit.owner == OwnerChange::Keep
            && most <= limits.session_bytes
            && most + OVERHEAD <= limits.bytes
    }

    pub(super) fn check(&self, limits: Limits) -> Result<(), StoreError> {
        if self.snapshot.entries.size() > limits.session_bytes || self.size() > limits.bytes {
            return Err(StoreError::too_large(
                "the session is larger than `session_bytes` of the store",
            ));
        }
        Ok(())
    }
}
