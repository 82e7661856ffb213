use crate::{Entry, Key, policy::Timestamp};
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What to purge, and how.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Purge {
    /// Which responses.
    pub scope: Scope,
    /// `Some` is soft: they stay, but are stale from then on. They still answer
    /// where a stale response may, and can be validated.
    pub stale_from: Option<Timestamp>,
}

/// Which responses a [`Purge`] is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// All variants under one key.
    Key(Key),
    /// All whose key begins with this text.
    Prefix(Box<str>),
    /// All that carry this tag.
    Tag(Box<str>),
    /// All.
    All,
}

impl Purge {
    /// Takes what `scope` names out.
    #[must_use]
    pub fn hard(scope: Scope) -> Self {
        Self {
            scope,
            stale_from: None,
        }
    }

    /// Makes what `scope` names stale.
    #[must_use]
    pub fn soft(scope: Scope, from: Timestamp) -> Self {
        Self {
            scope,
            stale_from: Some(from),
        }
    }
}

impl Scope {
    /// Whether it is about a response.
    #[must_use]
    pub fn concerns(&self, key: &Key, entry: &Entry) -> bool {
        match self {
            Self::Key(purged) => purged == key,
            Self::Prefix(prefix) => key.as_str().starts_with(&**prefix),
            Self::Tag(tag) => entry.head().tags().any(|carried| carried == &**tag),
            Self::All => true,
        }
    }
}

/// The purges of late, for what was on its way when they happened.
///
/// A response that was asked for before a purge and comes after it may be as old
/// as what was purged, and is not stored.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    log: Mutex<Log>,
}

#[derive(Debug)]
struct Log {
    /// How many purges there were.
    count: u64,
    /// The last purge of a key, by some bits of its hash: every unsafe request
    /// purges one, and that must not push out the others.
    keys: Box<[u64; Log::KEYS]>,
    /// The last purges of other scopes, with their numbers.
    scopes: VecDeque<(u64, Scope)>,
    /// The last one that is not in `scopes` any more.
    forgotten: u64,
}

/// A moment in the order of purges.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment(u64);

impl Recent {
    pub(crate) fn now(&self) -> Moment {
        Moment(self.lock().count)
    }

    pub(crate) fn note(&self, scope: Scope) {
        let mut log = self.lock();
        log.count += 1;
        let count = log.count;
        if let Scope::Key(key) = &scope {
            *log.place(key) = count;
            return;
        }
        log.scopes.push_back((count, scope));
        if log.scopes.len() > Log::SCOPES {
            log.forgotten = log.scopes.pop_front().map_or(0, |(number, _)| number);
        }
    }

    /// Runs `put` unless a purge since `begun` is about the entry.
    ///
    /// No purge can begin meanwhile: one that does afterwards finds the entry in
    /// the store.
    pub(crate) fn unless_purged(
        &self,
        begun: Moment,
        (key, entry): (&Key, &Entry),
        put: impl FnOnce(),
    ) -> bool {
        let mut log = self.lock();
        let is_later = |number: u64| number > begun.0;
        let mut since = log.scopes.iter().rev();
        let is_purged = is_later(log.forgotten)
            || since
                .by_ref()
                .take_while(|(number, _)| is_later(*number))
                .any(|(_, scope)| scope.concerns(key, entry))
            || is_later(*log.place(key));
        if !is_purged {
            put();
        }
        !is_purged
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        // Nothing that is half done can be seen after a panic of `put`.
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    /// Two keys in one place: at worst a response is not stored that could be.
    const KEYS: usize = 4096;
    /// What is on its way for longer than so many purges is not stored.
    const SCOPES: usize = 1024;

    fn place(&mut self, key: &Key) -> &mut u64 {
        &mut self.keys[key.short_hash() as usize % Self::KEYS]
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            count: 0,
            keys: Box::new([0; Self::KEYS]),
            scopes: VecDeque::new(),
            forgotten: 0,
        }
    }
}
