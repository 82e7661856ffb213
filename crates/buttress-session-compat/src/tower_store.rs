use crate::{
    record::{Own, Record},
    theirs::Theirs,
};
use base64ct::{Base64UrlUnpadded, Encoding};
use buttress_session::{
    Capabilities, Commit, Committed, Created, OwnerChange, Rotated, SessionStore, Snapshot,
    StoreError, StoreKey, Ttl,
};
use std::{
    collections::HashMap,
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};
use time::OffsetDateTime;
use tokio::sync::{Mutex, MutexGuard};

/// Any store of tower-sessions as one of buttress-session, made by `store` of the
/// module of its version.
///
/// # What it cannot promise
///
/// Such a store writes whole records, and nothing in one step that depends on what is
/// there. Within this process the requests of a session stand in a queue, so that
/// nothing is lost; but of two processes that write a session at once the last one
/// wins, and a logout in one may be undone by the other
/// ([`capabilities`](SessionStore::capabilities) say so). There is no grace after a
/// rotation and there are no owners. A read that has to prolong the life of its
/// session is two trips, a write two, a rotation four.
///
/// Values come back as equal JSON, not as the same text.
pub struct TowerStore<S> {
    theirs: Arc<S>,
    /// One for all sessions whose id ends alike.
    queues: Arc<[Mutex<()>; QUEUES]>,
    shares_ids: bool,
}

const QUEUES: usize = 64;
const ID_BYTES: usize = 16;

impl<S: Theirs> TowerStore<S> {
    pub(crate) fn new(theirs: S) -> Self {
        Self {
            theirs: Arc::new(theirs),
            queues: Arc::new(std::array::from_fn(|_| Mutex::new(()))),
            shares_ids: false,
        }
    }

    /// Shares sessions with an app of tower-sessions on the same store: records are
    /// kept under the id itself, as that does. Goes with
    /// [`TowerIds`](crate::TowerIds).
    #[must_use]
    pub fn shared(mut self) -> Self {
        self.shares_ids = true;
        self
    }

    async fn queue(&self, id: i128) -> MutexGuard<'_, ()> {
        let index = usize::from(id.to_le_bytes()[0]) % QUEUES;
        self.queues[index].lock().await
    }

    /// The record, if its time is not over.
    async fn live(&self, id: i128) -> Result<Option<Record>, StoreError> {
        let record = self.theirs.load(id).await?;
        Ok(record.filter(|record| !record.is_over(SystemTime::now())))
    }

    /// Saves the record where its end moves by enough to be worth it.
    async fn prolong(&self, mut record: Record, ttl: Ttl) -> Result<(), StoreError> {
        let ends = ends(own(&record), ttl);
        let moves = (ends - record.expiry_date).abs();
        if moves >= ttl.slack() && !moves.is_zero() {
            record.expiry_date = ends;
            self.theirs.save(&record).await?;
        }
        Ok(())
    }
}

impl<S: Theirs> SessionStore for TowerStore<S> {
    async fn load(
        &self,
        key: &StoreKey,
        touch: Option<Ttl>,
    ) -> Result<Option<Snapshot>, StoreError> {
        let id = id(key);
        let Some(ttl) = touch else {
            return Ok(self.live(id).await?.map(|record| snapshot(&record)));
        };
        let _turn = self.queue(id).await;
        let Some(record) = self.live(id).await? else {
            return Ok(None);
        };
        let snapshot = snapshot(&record);
        self.prolong(record, ttl).await?;
        Ok(Some(snapshot))
    }

    async fn create(&self, key: &StoreKey, commit: &Commit) -> Result<Created, StoreError> {
        let id = id(key);
        let _turn = self.queue(id).await;
        if self.live(id).await?.is_some() {
            return Ok(Created::Exists);
        }
        let nothing = Record {
            id,
            data: HashMap::new(),
            expiry_date: OffsetDateTime::UNIX_EPOCH,
        };
        let own = Own {
            version: 0,
            created: SystemTime::now(),
        };
        let mut record = changed(nothing, own, commit)?;
        self.theirs.create(&mut record).await?;
        if record.id != id {
            // It chose another id, since this one is in use.
            self.theirs.delete(record.id).await?;
            return Ok(Created::Exists);
        }
        Ok(Created::Created)
    }

    async fn commit(&self, key: &StoreKey, commit: &Commit) -> Result<Committed, StoreError> {
        let id = id(key);
        let _turn = self.queue(id).await;
        let Some(record) = self.live(id).await? else {
            return Ok(Committed::Gone);
        };
        let own = own(&record);
        if commit.expect.is_some_and(|version| version != own.version) {
            return Ok(Committed::Conflict);
        }
        self.theirs.save(&changed(record, own, commit)?).await?;
        let version = own.version + 1;
        Ok(Committed::Applied { version })
    }

    async fn rotate(
        &self,
        old: &StoreKey,
        new: &StoreKey,
        commit: &Commit,
        _: Duration,
    ) -> Result<Rotated, StoreError> {
        let (old, new) = (id(old), id(new));
        let _turn = self.queue(old).await;
        if self.live(new).await?.is_some() {
            return Ok(Rotated::Exists);
        }
        let Some(record) = self.live(old).await? else {
            return Ok(Rotated::Gone);
        };
        let own = own(&record);
        if commit.expect.is_some_and(|version| version != own.version) {
            return Ok(Rotated::Conflict);
        }
        let mut moved = changed(record, own, commit)?;
        moved.id = new;
        self.theirs.create(&mut moved).await?;
        if moved.id != new {
            self.theirs.delete(moved.id).await?;
            return Ok(Rotated::Exists);
        }
        self.theirs.delete(old).await?;
        let version = own.version + 1;
        Ok(Rotated::Applied { version })
    }

    async fn touch(&self, key: &StoreKey, ttl: Ttl) -> Result<bool, StoreError> {
        let id = id(key);
        let _turn = self.queue(id).await;
        let Some(record) = self.live(id).await? else {
            return Ok(false);
        };
        self.prolong(record, ttl).await?;
        Ok(true)
    }

    async fn delete(&self, key: &StoreKey) -> Result<bool, StoreError> {
        let id = id(key);
        let _turn = self.queue(id).await;
        // A record that cannot be read can be deleted all the same.
        let was_there = !matches!(self.live(id).await, Ok(None));
        self.theirs.delete(id).await?;
        Ok(was_there)
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::NONE;
        capabilities.absolute_expiry = true;
        capabilities.shared = true;
        capabilities.raw_ids = self.shares_ids;
        capabilities
    }
}

/// What is ours of a record; a new life where tower-sessions made it.
fn own(record: &Record) -> Own {
    record.own().unwrap_or_else(|| Own {
        version: 1,
        created: SystemTime::now(),
    })
}

fn changed(mut record: Record, own: Own, commit: &Commit) -> Result<Record, StoreError> {
    if matches!(commit.owner, OwnerChange::Bind(_)) {
        return Err(StoreError::unsupported("owners"));
    }
    record.apply(&commit.ops)?;
    record.set_own(Own {
        version: own.version + 1,
        ..own
    });
    record.expiry_date = ends(own, commit.ttl);
    Ok(record)
}

/// When a session ends that is used now.
fn ends(own: Own, ttl: Ttl) -> OffsetDateTime {
    let age = own.created.elapsed().unwrap_or_default();
    let left = time::Duration::try_from(ttl.left(age)).unwrap_or(time::Duration::weeks(520));
    let ends = OffsetDateTime::now_utc().checked_add(left);
    ends.unwrap_or_else(|| OffsetDateTime::now_utc() + time::Duration::weeks(520))
}

fn snapshot(record: &Record) -> Snapshot {
    let own = own(record);
    Snapshot::new(record.entries(), own.version, own.created)
}

/// Half of the digest is as long as their ids are; of raw ids, what tower-sessions
/// makes of their text.
fn id(key: &StoreKey) -> i128 {
    let mut bytes = [0; ID_BYTES];
    if key.family().is_none() && decode(key.as_bytes(), &mut bytes).is_some() {
        return i128::from_le_bytes(bytes);
    }
    let hashed = match key.family() {
        Some(_) => key.clone(),
        None => StoreKey::hashed(key.as_bytes()),
    };
    bytes.copy_from_slice(&hashed.as_bytes()[..ID_BYTES]);
    i128::from_le_bytes(bytes)
}

/// The bytes of an id of tower-sessions, from its text.
pub(crate) fn decode(text: &[u8], bytes: &mut [u8; ID_BYTES]) -> Option<()> {
    let decoded = Base64UrlUnpadded::decode(text, bytes).ok()?;
    (decoded.len() == ID_BYTES).then_some(())
}

impl<S> Clone for TowerStore<S> {
    fn clone(&self) -> Self {
        Self {
            theirs: Arc::clone(&self.theirs),
            queues: Arc::clone(&self.queues),
            shares_ids: self.shares_ids,
        }
    }
}

impl<S> fmt::Debug for TowerStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TowerStore")
            .field("shares_ids", &self.shares_ids)
            .finish_non_exhaustive()
    }
}
