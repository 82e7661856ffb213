use super::{
    Limits, Name,
    expiry::Expiry,
    record::{Kin, Record},
};
use crate::store::{
    Commit, Committed, Created, OwnedSession, Rotated, Snapshot, StoreError, StoreKey, Swept, Ttl,
};
use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasherDefault, Hasher},
    time::Duration,
};
use tokio::time::Instant;

/// All records. Pure but for what it holds: the time is told to it.
#[derive(Default)]
pub(super) struct Table {
    records: HashMap<StoreKey, Record, BuildHasherDefault<DigestHasher>>,
    owners: HashMap<Name, HashSet<StoreKey>>,
    expiry: Expiry,
    bytes: usize,
}

/// Takes the first bytes of a digest for its hash: they are as good as any, and
/// nobody chooses the digest of an id that gets a record.
#[derive(Default)]
struct DigestHasher(u64);

impl Hasher for DigestHasher {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    /// Lengths say nothing.
    fn write_usize(&mut self, _: usize) {}

    fn write_isize(&mut self, _: isize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

/// How many places a new session looks at for records that are over.
const SWEPT_BY_CREATE: usize = 4;

impl Table {
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn load(
        &mut self,
        key: &StoreKey,
        touch: Option<Ttl>,
        now: Instant,
    ) -> Option<Snapshot> {
        let record = self.live(key, now)?;
        if let (Some(ttl), true) = (touch, record.is_session()) {
            record.prolong(ttl, now);
        }
        Some(record.snapshot.clone())
    }

    pub(super) fn create(
        &mut self,
        key: &StoreKey,
        commit: &Commit,
        limits: Limits,
        now: Instant,
    ) -> Result<Created, StoreError> {
        if self.live(key, now).is_some() {
            return Ok(Created::Exists);
        }
        let record = Record::create(commit, now);
        record.check(limits)?;
        self.sweep(SWEPT_BY_CREATE, now);
        self.insert(key.clone(), record);
        self.make_room(key, limits, now);
        Ok(Created::Created)
    }

    pub(super) fn commit(
        &mut self,
        key: &StoreKey,
        commit: &Commit,
        limits: Limits,
        now: Instant,
    ) -> Result<Committed, StoreError> {
        let Some(record) = self.session(key, now) else {
            return Ok(Committed::Gone);
        };
        let version = record.snapshot.version;
        if commit.expect.is_some_and(|expected| expected != version) {
            return Ok(Committed::Conflict);
        }
        if record.has_room_for(commit, limits) {
            let before = record.size();
            record.apply(commit, now);
            let after = record.size();
            self.bytes = self.bytes + after - before;
        } else {
            // It may turn out to be too large, and then has to be as it was.
            let mut changed = record.clone();
            changed.apply(commit, now);
            changed.check(limits)?;
            self.replace(key, changed);
        }
        self.make_room(key, limits, now);
        Ok(Committed::Applied {
            version: version + 1,
        })
    }

    pub(super) fn rotate(
        &mut self,
        old: &StoreKey,
        new: &StoreKey,
        commit: &Commit,
        grace: Duration,
        limits: Limits,
        now: Instant,
    ) -> Result<Rotated, StoreError> {
        if self.live(new, now).is_some() {
            return Ok(Rotated::Exists);
        }
        let Some(record) = self.session(old, now) else {
            return Ok(Rotated::Gone);
        };
        let version = record.snapshot.version;
        if commit.expect.is_some_and(|expected| expected != version) {
            return Ok(Rotated::Conflict);
        }
        let left_behind = record.left_behind(new.clone(), grace, now);
        let mut moved = record.clone();
        moved.apply(commit, now);
        moved.check(limits)?;
        moved.kin = Kin::Session {
            old: (!left_behind.is_over(now)).then(|| old.clone()),
        };

        self.remove(old);
        if !left_behind.is_over(now) {
            self.insert(old.clone(), left_behind);
        }
        self.insert(new.clone(), moved);
        self.make_room(new, limits, now);
        Ok(Rotated::Applied {
            version: version + 1,
        })
    }

    pub(super) fn touch(&mut self, key: &StoreKey, ttl: Ttl, now: Instant) -> bool {
        let session = self.session(key, now);
        session.map(|record| record.prolong(ttl, now)).is_some()
    }

    pub(super) fn delete(&mut self, key: &StoreKey, now: Instant) -> bool {
        let Some(record) = self.live(key, now) else {
            return false;
        };
        // By an old key, the session goes, and takes the old key along.
        let session = match &record.kin {
            Kin::Session { .. } => key.clone(),
            Kin::Moved { to } => to.clone(),
        };
        self.remove(&session);
        true
    }

    pub(super) fn list_by_owner(
        &mut self,
        owner: &str,
        limit: usize,
        now: Instant,
    ) -> Vec<OwnedSession> {
        let keys = self.owners.get(owner).into_iter().flatten();
        keys.filter_map(|key| Some((key, self.records.get(key)?)))
            .filter(|(_, record)| !record.is_over(now))
            .map(|(key, record)| OwnedSession::new(key.clone(), record.snapshot.created))
            .take(limit)
            .collect()
    }

    pub(super) fn delete_by_owner(
        &mut self,
        owner: &str,
        except: Option<&StoreKey>,
        now: Instant,
    ) -> u64 {
        let keys = self.owners.get(owner).into_iter().flatten();
        let doomed: Vec<_> = keys.filter(|key| Some(*key) != except).cloned().collect();
        doomed
            .iter()
            .map(|key| u64::from(self.delete(key, now)))
            .sum()
    }

    pub(super) fn sweep(&mut self, budget: usize, now: Instant) -> Swept {
        let mut removed = 0;
        // Places that are too early cost time as well, so that they count.
        for _ in 0..budget {
            let Some(key) = self.expiry.pop_until(now) else {
                break;
            };
            removed += usize::from(self.remove_if_over(&key, now));
        }
        Swept::new(removed, self.expiry.has_until(now))
    }

    /// Lets the sessions that end soonest make room, but not the one at `key`.
    fn make_room(&mut self, key: &StoreKey, limits: Limits, now: Instant) {
        let mut kept = None;
        while self.records.len() > limits.sessions || self.bytes > limits.bytes {
            let Some((ends, next)) = self.expiry.pop() else {
                break;
            };
            if next == *key {
                kept = Some((ends, next));
                continue;
            }
            self.remove_if_over(&next, ends.max(now));
        }
        if let Some((ends, key)) = kept {
            self.expiry.push(ends, key);
        }
    }

    /// Removes the record whose place was popped, if it is over by then; else its
    /// life was prolonged, and it gets a later place.
    fn remove_if_over(&mut self, key: &StoreKey, then: Instant) -> bool {
        let Some(record) = self.records.get(key) else {
            return false;
        };
        let is_over = record.is_over(then);
        if is_over {
            self.remove(key);
        } else {
            self.expiry.push(record.ends, key.clone());
        }
        is_over
    }

    /// The record at `key`, unless its time, or that of its session, is over.
    fn live(&mut self, key: &StoreKey, now: Instant) -> Option<&mut Record> {
        if let Kin::Moved { to } = &self.records.get(key)?.kin {
            // Made sure of here as well: the session may be over by itself.
            self.records.get(to).filter(|it| !it.is_over(now))?;
        }
        self.records.get_mut(key).filter(|it| !it.is_over(now))
    }

    fn session(&mut self, key: &StoreKey, now: Instant) -> Option<&mut Record> {
        self.live(key, now).filter(|record| record.is_session())
    }

    fn insert(&mut self, key: StoreKey, record: Record) {
        // What was here before is over, or moved away.
        self.remove(&key);
        self.bytes += record.size();
        if let Some(owner) = record.owner() {
            let owned = self.owners.entry(owner.clone()).or_default();
            owned.insert(key.clone());
        }
        self.expiry.push(record.ends, key.clone());
        self.records.insert(key, record);
        let places = self.records.iter().map(|(key, record)| (record.ends, key));
        self.expiry.keep_within(self.records.len(), places);
    }

    /// Puts a changed record where it was.
    fn replace(&mut self, key: &StoreKey, changed: Record) {
        let Some(record) = self.records.get_mut(key) else {
            return;
        };
        self.bytes = self.bytes + changed.size() - record.size();
        let before = std::mem::replace(record, changed);
        let after = record.owner().cloned();
        if before.owner() == after.as_ref() {
            return;
        }
        self.disown(key, before.owner());
        if let Some(owner) = after {
            self.owners.entry(owner).or_default().insert(key.clone());
        }
    }

    /// Removes a record, and the one that an old key left behind with it.
    fn remove(&mut self, key: &StoreKey) {
        let Some(record) = self.records.remove(key) else {
            return;
        };
        self.bytes -= record.size();
        self.disown(key, record.owner());
        if let Kin::Session { old: Some(old) } = &record.kin {
            let is_mine = |it: &Record| matches!(&it.kin, Kin::Moved { to } if to == key);
            if self.records.get(old).is_some_and(is_mine) {
                self.remove(old);
            }
        }
    }

    fn disown(&mut self, key: &StoreKey, owner: Option<&Name>) {
        let Some(owner) = owner else { return };
        if let Some(owned) = self.owners.get_mut(owner) {
            owned.remove(key);
            if owned.is_empty() {
                self.owners.remove(owner);
            }
        }
    }
}
