use crate::{
    database::{Database, Found, Transaction},
    error::{Failure, is_busy},
    row::{self, Row, millis, now},
};
use buttress_session::{
    Capabilities, Commit, Committed, Created, OwnedSession, Rotated, SessionStore, Snapshot,
    StoreError, StoreKey, Swept, Ttl,
};
use std::{fmt, sync::Arc, time::Duration};
use tokio::{
    runtime::Handle,
    sync::OnceCell,
    time::{sleep, timeout},
};

/// Keeps sessions in a table: [`SqliteStore`](crate::SqliteStore) or
/// [`PostgresStore`](crate::PostgresStore). Clones share the connections.
///
/// See the [crate docs](crate).
pub struct SqlStore<D> {
    pub(crate) database: Arc<D>,
    is_prepared: Arc<OnceCell<()>>,
    session_bytes: usize,
    deadline: Duration,
}

pub(crate) const DEADLINE: Duration = Duration::from_millis(800);
/// Both databases count their own waiting in milliseconds of 31 bits.
const LONGEST: Duration = Duration::from_secs(60 * 60 * 24);
/// How often a step is tried: each connection of a pool may be broken.
const ATTEMPTS: usize = 12;

const PAUSE: Duration = Duration::from_millis(10);

type Outcome<T> = Result<T, Failure>;

impl<D> SqlStore<D> {
    pub(crate) fn new(database: D) -> Self {
        Self {
            database: Arc::new(database),
            is_prepared: Arc::default(),
            session_bytes: 64 << 10,
            deadline: DEADLINE,
        }
    }

    /// How many bytes the names and values of one session may take: 64 KiB
    /// unless said otherwise.
    #[must_use]
    pub fn session_bytes(mut self, bytes: usize) -> Self {
        self.session_bytes = bytes;
        self
    }
}

#[allow(private_bounds, reason = "the databases are those of this crate")]
impl<D: Database> SqlStore<D> {
    /// How long a request waits for the database: 800 ms unless said otherwise, a
    /// day at most.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        let deadline = deadline.min(LONGEST);
        self.database = Arc::new(self.database.with_patience(deadline));
        self.is_prepared = Arc::default();
        self.deadline = deadline;
        self
    }

    /// Makes the table, or brings it to this version. Else the first request does.
    ///
    /// Several processes may do so at once. Who may not make tables can do it with
    /// another user beforehand.
    ///
    /// # Errors
    ///
    /// If the database is not there, or says no.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let prepared = self.prepared().await;
        prepared.map_err(|error| Failure::from(error).into())
    }

    async fn prepared(&self) -> sqlx::Result<()> {
        let prepare = self.is_prepared.get_or_try_init(|| self.prepare());
        prepare.await.copied()
    }

    /// SQLite does not wait, but refuses, while somebody else turns a new file to
    /// WAL.
    async fn prepare(&self) -> sqlx::Result<()> {
        for _ in 1..ATTEMPTS {
            match self.database.prepare().await {
                Err(error) if is_busy(&error) => sleep(PAUSE).await,
                outcome => return outcome,
            }
        }
        self.database.prepare().await
    }

    /// Does a step, by the deadline.
    async fn run<T, F>(&self, step: impl Fn() -> F + Send) -> Result<T, StoreError>
    where
        F: Future<Output = Outcome<T>> + Send,
    {
        self.run_while(Failure::is_rivalry, step).await
    }

    /// As [`run`](Self::run) for what may as well happen twice: connections that
    /// broke meanwhile cost no answer.
    async fn run_again<T, F>(&self, step: impl Fn() -> F + Send) -> Result<T, StoreError>
    where
        F: Future<Output = Outcome<T>> + Send,
    {
        let passes = |failure: &Failure| failure.is_rivalry() || failure.is_broken();
        self.run_while(passes, step).await
    }

    async fn run_while<T, F>(
        &self,
        passes: impl Fn(&Failure) -> bool + Send,
        step: impl Fn() -> F + Send,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Outcome<T>> + Send,
    {
        if Handle::try_current().is_err() {
            return Err(StoreError::backend(
                "a database is reached from a tokio runtime only",
            ));
        }
        let answer = timeout(self.deadline, async {
            self.prepared().await?;
            let mut is_remade = false;
            for _ in 1..ATTEMPTS {
                match step().await {
                    Err(failure) if failure.is_no_table() && !is_remade => {
                        // Somebody put an empty database in its place.
                        self.prepare().await?;
                        is_remade = true;
                    }
                    Err(failure) if passes(&failure) => {}
                    outcome => return outcome,
                }
            }
            step().await
        });
        match answer.await {
            Ok(outcome) => outcome.map_err(StoreError::from),
            Err(elapsed) => Err(StoreError::unavailable(elapsed)),
        }
    }

    async fn find(&self, id: &str) -> Outcome<Option<Row>> {
        let now = now();
        let found = self.database.find(id, now).await?;
        Ok(found.and_then(|found| found.live(now)))
    }

    /// Moves the end of a session that was found, where that is worth a write;
    /// whether it is still there.
    async fn prolong(&self, id: &str, row: &Row, ttl: Ttl) -> Outcome<bool> {
        let now = now();
        match row.prolonged(ttl, now) {
            Some(ends) => Ok(self.database.prolong(id, now, row.ends, ends).await?),
            None => Ok(true),
        }
    }

    async fn load_once(&self, id: &str, touch: Option<Ttl>) -> Outcome<Option<Snapshot>> {
        let Some(row) = self.find(id).await? else {
            return Ok(None);
        };
        if let Some(ttl) = touch {
            self.prolong(id, &row, ttl).await?;
        }
        Ok(Some(row.snapshot()?))
    }

    async fn touch_once(&self, id: &str, ttl: Ttl) -> Outcome<bool> {
        match self.find(id).await? {
            Some(row) if row.target.is_none() => self.prolong(id, &row, ttl).await,
            _ => Ok(false),
        }
    }

    async fn commit_once(&self, id: &str, commit: &Commit) -> Outcome<Committed> {
        let mut transaction = self.database.begin().await?;
        // Only now: there may have been a queue for a connection.
        let now = now();
        let found = transaction.lock(id, now).await?;
        let Some(row) = found.and_then(Found::session) else {
            return Ok(Committed::Gone);
        };
        if !row.is_expected(commit) {
            return Ok(Committed::Conflict);
        }
        let row = row.apply(commit, now, self.session_bytes)?;
        transaction.update(id, &row).await?;
        transaction.commit().await?;
        let version = row.version()?;
        Ok(Committed::Applied { version })
    }

    async fn rotate_once(
        &self,
        old: &str,
        new: &str,
        commit: &Commit,
        grace: Duration,
    ) -> Outcome<Rotated> {
        let mut transaction = self.database.begin().await?;
        let now = now();
        if transaction.lock(new, now).await?.is_some() {
            return Ok(Rotated::Exists);
        }
        let found = transaction.lock(old, now).await?;
        let Some(row) = found.and_then(Found::session) else {
            return Ok(Rotated::Gone);
        };
        if !row.is_expected(commit) {
            return Ok(Rotated::Conflict);
        }
        let moved = row.clone().apply(commit, now, self.session_bytes)?;
        if grace.is_zero() {
            transaction.delete(old).await?;
        } else {
            transaction.delete_old_of(old).await?;
            let left_behind = Row {
                ends: row.ends.min(now + millis(grace)),
                target: Some(new.to_owned()),
                ..row
            };
            transaction.update(old, &left_behind).await?;
        }
        if !transaction.insert(new, &moved, now).await? {
            return Ok(Rotated::Exists);
        }
        transaction.commit().await?;
        let version = moved.version()?;
        Ok(Rotated::Applied { version })
    }

    async fn delete_once(&self, id: &str) -> Outcome<bool> {
        let mut transaction = self.database.begin().await?;
        let now = now();
        let found = transaction.lock(id, now).await?;
        let Some(row) = found.and_then(|found| found.live(now)) else {
            return Ok(false);
        };
        // By an old key, the session goes, and takes the old key along.
        transaction
            .delete(row.target.as_deref().unwrap_or(id))
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    async fn delete_by_owner_once(&self, owner: &str, except: &str) -> Outcome<u64> {
        let now = now();
        let mut deleted = 0;
        loop {
            let ends = self.database.delete_by_owner(owner, except).await?;
            if ends.is_empty() {
                return Ok(deleted);
            }
            deleted += ends
                .iter()
                .filter(|ends| **ends > now)
                .map(|_| 1)
                .sum::<u64>();
            // Once more: a session may have moved from under our hand.
        }
    }

    async fn list_once(&self, owner: &str, limit: usize) -> Outcome<Vec<OwnedSession>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.database.list_by_owner(owner, now(), limit).await?;
        let sessions = rows.into_iter().map(|(id, created)| {
            let key = StoreKey::parse(&id).unwrap_or_else(|| StoreKey::raw(&id));
            Ok(OwnedSession::new(key, row::time(created)?))
        });
        sessions
            .collect::<Result<_, StoreError>>()
            .map_err(Failure::from)
    }
}

impl<D: Database> SessionStore for SqlStore<D> {
    async fn load(
        &self,
        key: &StoreKey,
        touch: Option<Ttl>,
    ) -> Result<Option<Snapshot>, StoreError> {
        let id = &key.to_string();
        self.run_again(|| self.load_once(id, touch)).await
    }

    async fn create(&self, key: &StoreKey, commit: &Commit) -> Result<Created, StoreError> {
        let id = &key.to_string();
        let now = now();
        let row = &Row::create(commit, now, self.session_bytes)?;
        let insert = || async move { Ok(self.database.insert(id, row, now).await?) };
        let is_new = self.run(insert).await?;
        Ok(if is_new {
            Created::Created
        } else {
            Created::Exists
        })
    }

    async fn commit(&self, key: &StoreKey, commit: &Commit) -> Result<Committed, StoreError> {
        let id = &key.to_string();
        self.run(|| self.commit_once(id, commit)).await
    }

    async fn rotate(
        &self,
        old: &StoreKey,
        new: &StoreKey,
        commit: &Commit,
        grace: Duration,
    ) -> Result<Rotated, StoreError> {
        let (old, new) = (&old.to_string(), &new.to_string());
        self.run(|| self.rotate_once(old, new, commit, grace)).await
    }

    async fn touch(&self, key: &StoreKey, ttl: Ttl) -> Result<bool, StoreError> {
        let id = &key.to_string();
        self.run_again(|| self.touch_once(id, ttl)).await
    }

    async fn delete(&self, key: &StoreKey) -> Result<bool, StoreError> {
        let id = &key.to_string();
        self.run(|| self.delete_once(id)).await
    }

    async fn list_by_owner(
        &self,
        owner: &str,
        limit: usize,
    ) -> Result<Vec<OwnedSession>, StoreError> {
        self.run_again(|| self.list_once(owner, limit)).await
    }

    async fn delete_by_owner(
        &self,
        owner: &str,
        except: Option<&StoreKey>,
    ) -> Result<u64, StoreError> {
        let except = &except.map(ToString::to_string).unwrap_or_default();
        self.run(|| self.delete_by_owner_once(owner, except)).await
    }

    async fn sweep(&self, budget: usize) -> Result<Swept, StoreError> {
        let limit = i64::try_from(budget).unwrap_or(i64::MAX);
        let sweep = || async move { Ok(self.database.sweep(now(), limit).await?) };
        let removed = usize::try_from(self.run_again(sweep).await?).unwrap_or(usize::MAX);
        Ok(Swept::new(removed, budget > 0 && removed >= budget))
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL
    }
}

impl<D> Clone for SqlStore<D> {
    fn clone(&self) -> Self {
        Self {
            database: Arc::clone(&self.database),
            is_prepared: Arc::clone(&self.is_prepared),
            ..*self
        }
    }
}

/// Without the address, which may hold a password.
impl<D> fmt::Debug for SqlStore<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlStore")
            .field("session_bytes", &self.session_bytes)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}
