use super::changes::Changes;
use crate::{
    Id,
    config::{Config, Place},
    store::{Commit, OwnerChange, Snapshot, StoreKey},
};
use std::sync::Arc;

/// What has to be done to a session in a store, and by what it was decided.
pub(crate) struct Plan {
    pub(crate) config: Arc<Config>,
    pub(crate) target: Target,
    pub(crate) changes: Changes,
    pub(crate) owner: OwnerChange,
    /// What the request saw of the session, if it looked.
    pub(crate) base: Option<Snapshot>,
    /// Whether the request goes on with what the session is then.
    pub(crate) wants_snapshot: bool,
}

pub(crate) enum Target {
    /// There is no session yet.
    New,
    At(Id),
    /// It gets a new id.
    Move(Id),
}

/// What came of a [`Plan`].
pub(crate) enum Settled {
    Applied {
        /// The id that the client has to learn.
        new_id: Option<Id>,
        /// What the session is now, if that is known.
        snapshot: Option<Snapshot>,
    },
    /// It ended meanwhile, and nothing was done.
    Gone,
}

impl Plan {
    /// The commit on a session that is as `base` says, if it is known.
    pub(crate) fn commit(&self, base: Option<&Snapshot>) -> Commit {
        let ops = self.changes.ops(base.map(|base| &base.entries));
        let mut commit = Commit::new(self.config.ttl)
            .ops(ops)
            .owner(self.owner.clone());
        if self.changes.has_updates() {
            commit.expect = base.map(|base| base.version);
        }
        commit
    }

    /// Whether a new session would hold anything.
    pub(crate) fn leaves_something(&self) -> bool {
        self.changes.has_values() || matches!(self.owner, OwnerChange::Bind(_))
    }

    /// Where the session of this id is kept.
    pub(crate) fn key(&self, id: &Id) -> StoreKey {
        let raw = match &self.config.place {
            Place::Store { raw_ids, .. } => *raw_ids,
            Place::Cookie(_) => false,
        };
        id.store_key(raw)
    }

    /// What is known of a session after `commit`, if somebody wants to know.
    pub(crate) fn after(
        &self,
        base: Option<&Snapshot>,
        commit: &Commit,
        version: u64,
    ) -> Option<Snapshot> {
        let mut snapshot = base.filter(|_| self.wants_snapshot)?.clone();
        snapshot.entries.apply(&commit.ops);
        snapshot.version = version;
        match &commit.owner {
            OwnerChange::Keep => {}
            OwnerChange::Bind(owner) => snapshot.owner = Some(owner.clone()),
            OwnerChange::Unbind => snapshot.owner = None,
        }
        Some(snapshot)
    }
}
