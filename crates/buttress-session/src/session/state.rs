use super::{
    changes::{Changes, Known},
    plan::{Plan, Settled, Target},
};
use crate::{
    Error, Id,
    config::{Config, Place},
    cookie::Cookies,
    error::Kind,
    head::Edits,
    store::{OwnerChange, Snapshot, StoreErrorKind},
};
use bytes::Bytes;
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

/// What a request knows of its session, and what it wants of it. Pure: trips are
/// made by others.
pub(crate) struct State {
    /// The id that the client has, or is to get.
    pub(crate) id: Option<Id>,
    pub(crate) loaded: Loaded,
    pub(crate) changes: Changes,
    pub(crate) owner: OwnerChange,
    pub(crate) rotates: bool,
    pub(crate) was_read: bool,
    /// Whether the client's cookie has to go.
    pub(crate) is_removed: bool,
    /// Whether the client has to be sent its cookie again.
    pub(crate) is_stale: bool,
    /// Whether the session is there, although it was not looked at.
    is_confirmed: bool,
    /// When a sealed session was sealed.
    pub(crate) used: Option<SystemTime>,
    pub(crate) failure: Option<StoreErrorKind>,
    /// How long trips were waited for.
    pub(crate) waited: Duration,
    pub(crate) phase: Phase,
}

pub(crate) enum Loaded {
    Unknown,
    Absent,
    Present(Snapshot),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The response is being made.
    Open,
    /// Its head is leaving, or has left.
    Late,
    /// The handle belongs to no response.
    Detached,
}

impl State {
    /// No session.
    pub(crate) fn empty() -> Self {
        Self {
            id: None,
            loaded: Loaded::Absent,
            changes: Changes::default(),
            owner: OwnerChange::Keep,
            rotates: false,
            was_read: false,
            is_removed: false,
            is_stale: false,
            is_confirmed: false,
            used: None,
            failure: None,
            waited: Duration::ZERO,
            phase: Phase::Open,
        }
    }

    /// What the cookies say.
    pub(crate) fn new(config: &Config, cookies: &Cookies) -> Self {
        let mut state = Self::empty();
        let name = config.cookie.name();
        match &config.place {
            Place::Store { .. } => {
                let found = cookies.find(name, |value| config.format.decode(name, value));
                if let Some(found) = found {
                    state.loaded = Loaded::Unknown;
                    state.is_stale = found.is_stale;
                    state.id = Some(found.id);
                }
            }
            Place::Cookie(seal) => {
                let sealed = cookies.find(name, |value| seal.open(name, value));
                let is_live = |used: SystemTime, snapshot: &Snapshot| {
                    let now = (config.clock)();
                    let since = |then| now.duration_since(then).unwrap_or_default();
                    since(used) < config.ttl.idle
                        && config
                            .ttl
                            .absolute
                            .is_none_or(|it| since(snapshot.created) < it)
                };
                if let Some(sealed) = sealed.filter(|it| is_live(it.used, &it.snapshot)) {
                    state.is_stale = sealed.is_stale;
                    state.used = Some(sealed.used);
                    state.loaded = Loaded::Present(sealed.snapshot);
                }
            }
        }
        state
    }

    /// Whether something can be recorded still.
    pub(crate) fn open(&mut self) -> Result<&mut Self, Error> {
        match self.phase {
            Phase::Open | Phase::Detached => Ok(self),
            Phase::Late => Err(Kind::Late.into()),
        }
    }

    /// The value of an entry; nothing if the store has to be asked first.
    pub(crate) fn value(&mut self, name: &str) -> Option<Option<Bytes>> {
        self.was_read = true;
        match (self.changes.known(name), &self.loaded) {
            (Known::Value(value), _) => Some(value.cloned()),
            (Known::Unchanged, Loaded::Unknown) => None,
            (Known::Unchanged, Loaded::Absent) => Some(None),
            (Known::Unchanged, Loaded::Present(snapshot)) => {
                Some(snapshot.entries.get(name).cloned())
            }
        }
    }

    /// Keeps what a store said, unless somebody was faster.
    pub(crate) fn found(&mut self, snapshot: Option<Snapshot>) {
        if matches!(self.loaded, Loaded::Unknown) {
            self.loaded = match snapshot {
                Some(snapshot) => Loaded::Present(snapshot),
                None => Loaded::Absent,
            };
        }
    }

    /// Forgets what was to be done.
    pub(crate) fn discard(&mut self) {
        self.changes = Changes::default();
        self.owner = OwnerChange::Keep;
        self.rotates = false;
    }

    /// Takes what has to be done in the store, if anything has.
    pub(crate) fn take_plan(&mut self, config: &Arc<Config>) -> Option<Plan> {
        let target = self.target();
        let changes = std::mem::take(&mut self.changes);
        let owner = std::mem::take(&mut self.owner);
        self.rotates = false;
        let target = target?;
        let base = match &self.loaded {
            Loaded::Present(snapshot) => Some(snapshot.clone()),
            Loaded::Unknown | Loaded::Absent => None,
        };
        Some(Plan {
            config: Arc::clone(config),
            target,
            wants_snapshot: self.phase != Phase::Late,
            changes,
            owner,
            base,
        })
    }

    fn target(&self) -> Option<Target> {
        let at = |id: &Id| match self.rotates {
            true => Target::Move(id.clone()),
            false => Target::At(id.clone()),
        };
        let is_wanted = self.rotates || self.owner != OwnerChange::Keep;
        match (&self.loaded, &self.id) {
            (Loaded::Unknown, Some(id)) => (is_wanted || !self.changes.is_empty()).then(|| at(id)),
            (Loaded::Present(snapshot), Some(id)) => {
                let has_ops = || !self.changes.ops(Some(&snapshot.entries)).is_empty();
                (is_wanted || has_ops()).then(|| at(id))
            }
            _ => {
                let binds = matches!(self.owner, OwnerChange::Bind(_));
                (binds || self.changes.has_values()).then_some(Target::New)
            }
        }
    }

    /// What came of the plan.
    pub(crate) fn settled(&mut self, settled: Settled) -> Result<(), Error> {
        match settled {
            Settled::Applied { new_id, snapshot } => {
                if let Some(id) = new_id {
                    self.id = Some(id);
                    self.is_stale = true;
                    self.is_removed = false;
                }
                self.is_confirmed = true;
                self.loaded = match snapshot {
                    Some(snapshot) => Loaded::Present(snapshot),
                    None => Loaded::Unknown,
                };
                Ok(())
            }
            Settled::Gone => {
                self.loaded = Loaded::Absent;
                self.id = None;
                self.is_stale = false;
                Err(Kind::Gone.into())
            }
        }
    }

    /// The session was ended, here.
    pub(crate) fn destroyed(&mut self) {
        self.discard();
        self.is_removed = true;
        self.is_stale = false;
        self.id = None;
        self.used = None;
        self.is_confirmed = false;
        self.failure = None;
        self.loaded = Loaded::Absent;
    }

    /// What the head of the response has to say, once everything is settled.
    pub(crate) fn edits(&self, config: &Config) -> Edits {
        let cookie = match (&self.id, &self.loaded) {
            (Some(id), Loaded::Present(_)) => self.cookie(config, id),
            (Some(id), Loaded::Unknown) if self.is_confirmed => self.cookie(config, id),
            _ if self.is_removed => config.cookie.remove(),
            _ => None,
        };
        Edits {
            is_private: self.was_read || cookie.is_some(),
            cookie,
        }
    }

    fn cookie(&self, config: &Config, id: &Id) -> Option<http::HeaderValue> {
        if !self.is_stale && !config.cookie.is_persistent() {
            return None;
        }
        let value = config.format.encode(config.cookie.name(), id);
        config.cookie.set(&value, config.ttl.idle)
    }
}
