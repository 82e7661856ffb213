use crate::record::Record;
use base64ct::{Base64UrlUnpadded, Encoding};
use buttress_session::{
    Commit, Committed, Created, DynSessionStore, SessionStore, StoreError, StoreKey, Ttl,
};
use std::{fmt, sync::Arc, time::Duration};
use time::OffsetDateTime;

/// Any store of buttress-session as one of tower-sessions, so that code written for
/// that runs on it, axum-login's too.
///
/// What becomes better: a session that was ended is not revived by a request that was
/// under way, since what it saves is dropped; and new ids never meet. What cannot: a
/// request of tower-sessions saves its whole session, so that of two at once the last
/// one wins.
#[derive(Clone)]
pub struct ForTower {
    store: Arc<dyn DynSessionStore>,
}

impl ForTower {
    /// Puts tower-sessions' trait before a store.
    pub fn new(store: impl SessionStore) -> Self {
        Self {
            store: Arc::new(store),
        }
    }

    pub(crate) async fn create(
        &self,
        mut id: impl FnMut() -> i128 + Send,
        record: &mut Record,
    ) -> Result<(), StoreError> {
        // Nobody meets an id in use twice by chance.
        for _ in 0..4 {
            let key = self.key(record.id);
            if self.store.create(&key, &commit(record)).await? == Created::Created {
                return Ok(());
            }
            record.id = id();
        }
        Err(StoreError::backend("new ids are in use, again and again"))
    }

    pub(crate) async fn save(&self, record: &Record) -> Result<(), StoreError> {
        let key = self.key(record.id);
        match self.store.commit(&key, &commit(record)).await? {
            Committed::Applied { .. } | Committed::Conflict => Ok(()),
            // It was ended meanwhile, and stays so.
            Committed::Gone => Ok(()),
        }
    }

    pub(crate) async fn load(&self, id: i128) -> Result<Option<Record>, StoreError> {
        let snapshot = self.store.load(&self.key(id), None).await?;
        snapshot
            .map(|snapshot| Record::of(id, &snapshot))
            .transpose()
    }

    pub(crate) async fn delete(&self, id: i128) -> Result<(), StoreError> {
        self.store.delete(&self.key(id)).await.map(drop)
    }

    fn key(&self, id: i128) -> StoreKey {
        let text = Base64UrlUnpadded::encode_string(&id.to_le_bytes());
        if DynSessionStore::capabilities(&*self.store).raw_ids {
            StoreKey::raw(&text)
        } else {
            StoreKey::hashed(text.as_bytes())
        }
    }
}

fn commit(record: &Record) -> Commit {
    let left = record.expiry_date - OffsetDateTime::now_utc();
    let left = Duration::try_from(left).unwrap_or_default();
    Commit::new(Ttl::idle(left)).ops(record.ops())
}

impl fmt::Debug for ForTower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForTower").finish_non_exhaustive()
    }
}
