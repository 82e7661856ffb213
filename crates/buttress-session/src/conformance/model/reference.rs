use super::{Act, add_one};
use std::collections::BTreeMap;

pub(super) type Values = BTreeMap<usize, u32>;

/// Sessions by number; those that ended are absent.
#[derive(Default)]
pub(super) struct Model {
    sessions: BTreeMap<usize, Values>,
    next: usize,
}

/// What a request knows and wants.
pub(super) struct Request {
    had_cookie: bool,
    /// The session of its cookie, as far as it knows.
    session: Option<usize>,
    /// What it saw of it, once it looked: nothing, if it was not there.
    seen: Option<Option<Values>>,
    changes: Changes,
    rotates: bool,
    /// The session whose cookie the reply brings, or that it takes the cookie.
    pub(super) cookie: Option<Option<usize>>,
}

/// One change of each entry.
#[derive(Clone, Default)]
struct Changes {
    clears: bool,
    by_key: BTreeMap<usize, Change>,
}

#[derive(Clone, Copy)]
enum Change {
    Set(u32),
    Remove,
    Add(u32),
}

impl Request {
    pub(super) fn new(session: Option<usize>) -> Self {
        Self {
            had_cookie: session.is_some(),
            session,
            seen: None,
            changes: Changes::default(),
            rotates: false,
            cookie: None,
        }
    }

    fn is_known_absent(&self) -> bool {
        self.session.is_none() || self.seen == Some(None)
    }
}

impl Model {
    /// What the act answers to its handler.
    pub(super) fn act(&mut self, request: &mut Request, act: &Act) -> Option<u32> {
        match *act {
            Act::Get(key) => return self.read(request, key),
            Act::Add(key) => {
                let value = add_one(self.read(request, key));
                request.changes.record(act);
                return Some(value);
            }
            Act::Set(..) | Act::Remove(_) | Act::Clear => request.changes.record(act),
            Act::Rotate => request.rotates = true,
            Act::Commit => self.commit(request),
            Act::Destroy => self.destroy(request),
        }
        None
    }

    fn read(&self, request: &mut Request, key: usize) -> Option<u32> {
        match request.changes.by_key.get(&key) {
            // What the request itself set needs no look.
            Some(Change::Set(value)) => return Some(*value),
            Some(Change::Remove) => return None,
            None if request.changes.clears => return None,
            Some(Change::Add(_)) | None => {}
        }
        let now = || self.sessions.get(&request.session?).cloned();
        let seen = request.seen.get_or_insert_with(now);
        let mut values = seen.clone().unwrap_or_default();
        request.changes.apply(&mut values);
        values.get(&key).copied()
    }

    fn destroy(&mut self, request: &mut Request) {
        if let Some(session) = request.session.take() {
            self.sessions.remove(&session);
        }
        request.changes = Changes::default();
        request.rotates = false;
        request.seen = Some(None);
        let would_come = matches!(request.cookie, Some(Some(_)));
        request.cookie = (request.had_cookie || would_come).then_some(None);
    }

    pub(super) fn commit(&mut self, request: &mut Request) {
        let changes = std::mem::take(&mut request.changes);
        let rotates = std::mem::take(&mut request.rotates);
        let session = match request.session {
            Some(session) if !request.is_known_absent() => session,
            _ => return self.create(request, &changes),
        };
        let seen = request.seen.clone().flatten();
        // With updates they are held against what is there, not what was seen.
        let basis = match changes.has_updates() {
            true => self.sessions.get(&session),
            false => seen.as_ref(),
        };
        let changes = changes.that_change(basis);
        if changes.is_empty() && !rotates {
            return;
        }
        let Some(mut values) = self.sessions.remove(&session) else {
            // It ended meanwhile. Who did not look at it and wants a new id, that
            // is, logs in, gets a session all the same.
            request.session = None;
            let blindly = request.seen.replace(None).is_none();
            request.cookie = None;
            if rotates && blindly {
                self.create(request, &changes);
            }
            return;
        };
        changes.apply(&mut values);
        request.seen = seen.map(|mut seen| {
            if changes.has_updates() {
                return Some(values.clone());
            }
            changes.apply(&mut seen);
            Some(seen)
        });
        let to = if rotates { self.number() } else { session };
        self.sessions.insert(to, values);
        if rotates {
            request.session = Some(to);
            request.cookie = Some(Some(to));
        }
    }

    fn create(&mut self, request: &mut Request, changes: &Changes) {
        let mut values = Values::new();
        changes.apply(&mut values);
        if values.is_empty() {
            return;
        }
        let session = self.number();
        self.sessions.insert(session, values.clone());
        request.session = Some(session);
        request.seen = Some(Some(values));
        request.cookie = Some(Some(session));
    }

    fn number(&mut self) -> usize {
        self.next += 1;
        self.next
    }
}

impl Changes {
    fn record(&mut self, act: &Act) {
        let (key, change) = match *act {
            Act::Set(key, value) => (key, Change::Set(value)),
            Act::Remove(key) => (key, Change::Remove),
            Act::Add(key) => match self.by_key.get(&key) {
                Some(Change::Set(value)) => (key, Change::Set(add_one(Some(*value)))),
                Some(Change::Add(count)) => (key, Change::Add(count + 1)),
                Some(Change::Remove) => (key, Change::Set(1)),
                None if self.clears => (key, Change::Set(1)),
                None => (key, Change::Add(1)),
            },
            _ => {
                self.clears = true;
                self.by_key.clear();
                return;
            }
        };
        self.by_key.insert(key, change);
    }

    /// Without those that change nothing of what was seen.
    fn that_change(mut self, seen: Option<&Values>) -> Self {
        let Some(seen) = seen else { return self };
        let clears = self.clears;
        self.by_key.retain(|key, change| match change {
            Change::Set(value) => clears || seen.get(key) != Some(value),
            Change::Remove => !clears && seen.contains_key(key),
            Change::Add(_) => true,
        });
        self.clears &= !seen.is_empty();
        self
    }

    fn apply(&self, values: &mut Values) {
        if self.clears {
            values.clear();
        }
        for (&key, change) in &self.by_key {
            match change {
                Change::Set(value) => drop(values.insert(key, *value)),
                Change::Remove => drop(values.remove(&key)),
                Change::Add(count) => *values.entry(key).or_default() += count,
            }
        }
    }

    fn is_empty(&self) -> bool {
        !self.clears && self.by_key.is_empty()
    }

    fn has_updates(&self) -> bool {
        let mut changes = self.by_key.values();
        changes.any(|change| matches!(change, Change::Add(_)))
    }
}
