use crate::{Head, policy::Timestamp};
use std::{
    collections::HashMap,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

/// The purges by tag: what was put before a purge of a tag that it carries is
/// gone, and nothing has to look for it.
#[derive(Debug, Default)]
pub(super) struct Tags {
    /// Counts the purges.
    latest: AtomicU64,
    purged: RwLock<Purged>,
}

#[derive(Debug, Default)]
struct Purged {
    tags: HashMap<Box<str>, Marks>,
    /// What was put before this and carries any tag is gone.
    floor: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Marks {
    hard: u64,
    soft: Option<(u64, Timestamp)>,
}

/// What purges by tag have made of an entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum State {
    Current,
    Stale(Timestamp),
    Purged,
}

impl Tags {
    /// How many tags are remembered. With one more all are forgotten, and with
    /// them all that carries a tag.
    const MOST: usize = 16 * 1024;

    /// When something is put.
    pub(super) fn stamp(&self) -> u64 {
        self.latest.load(Ordering::SeqCst)
    }

    pub(super) fn purge(&self, tag: &str, stale_from: Option<Timestamp>) {
        let mut purged = self.purged.write().unwrap_or_else(PoisonError::into_inner);
        let now = self.latest.fetch_add(1, Ordering::SeqCst) + 1;
        if purged.tags.len() >= Self::MOST && !purged.tags.contains_key(tag) {
            purged.tags.clear();
            purged.floor = now;
        }
        let marks = purged.tags.entry(tag.into()).or_default();
        match stale_from {
            Some(from) => marks.soft = Some((now, from)),
            None => marks.hard = now,
        }
    }

    pub(super) fn state(&self, head: &Head, stamp: u64) -> State {
        if stamp == self.stamp() {
            return State::Current;
        }
        let mut tags = head.tags().peekable();
        if tags.peek().is_none() {
            return State::Current;
        }
        let purged = self.purged.read().unwrap_or_else(PoisonError::into_inner);
        if purged.floor > stamp {
            return State::Purged;
        }
        let mut state = State::Current;
        for marks in tags.filter_map(|tag| purged.tags.get(tag)) {
            if marks.hard > stamp {
                return State::Purged;
            }
            if let Some((_, from)) = marks.soft.filter(|(at, _)| *at > stamp) {
                state = State::Stale(from);
            }
        }
        state
    }
}
