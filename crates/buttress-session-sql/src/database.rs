use crate::row::Row;
use sqlx::Result;
use std::time::Duration;

/// Where the table is: what a store asks of SQLite and Postgres alike.
pub(crate) trait Database: Send + Sync + 'static {
    /// Steps that are one; undone if it is dropped.
    type Transaction: Transaction;

    /// The same place, where whoever waits gives up after `patience`.
    fn with_patience(&self, patience: Duration) -> Self;

    /// Makes the table, once for each process; other processes may do it at once.
    fn prepare(&self) -> impl Future<Output = Result<()>> + Send;

    fn begin(&self) -> impl Future<Output = Result<Self::Transaction>> + Send;

    /// The record, and when the session ends that an old one shows.
    fn find(&self, id: &str, now: i64) -> impl Future<Output = Result<Option<Found>>> + Send;

    /// Moves the end of a session from where it was seen, or further where it has
    /// moved meanwhile; whether there is one.
    fn prolong(
        &self,
        id: &str,
        now: i64,
        seen: i64,
        ends: i64,
    ) -> impl Future<Output = Result<bool>> + Send;

    /// Makes a record unless there is one; whether it did.
    fn insert(&self, id: &str, row: &Row, now: i64) -> impl Future<Output = Result<bool>> + Send;

    /// The keys and creations of an owner's sessions.
    fn list_by_owner(
        &self,
        owner: &str,
        now: i64,
        limit: i64,
    ) -> impl Future<Output = Result<Vec<(String, i64)>>> + Send;

    /// Deletes an owner's sessions but for `except`, and answers their ends.
    fn delete_by_owner(
        &self,
        owner: &str,
        except: &str,
    ) -> impl Future<Output = Result<Vec<i64>>> + Send;

    /// Removes records that are over, and says how many.
    fn sweep(&self, now: i64, budget: i64) -> impl Future<Output = Result<u64>> + Send;
}

pub(crate) trait Transaction: Send {
    /// The record, which nobody else can change before the end of this.
    fn lock(&mut self, id: &str, now: i64) -> impl Future<Output = Result<Option<Found>>> + Send;

    fn insert(
        &mut self,
        id: &str,
        row: &Row,
        now: i64,
    ) -> impl Future<Output = Result<bool>> + Send;

    fn update(&mut self, id: &str, row: &Row) -> impl Future<Output = Result<()>> + Send;

    /// Deletes a record, and those that show it under old keys.
    fn delete(&mut self, id: &str) -> impl Future<Output = Result<()>> + Send;

    /// Deletes the old records alone.
    fn delete_old_of(&mut self, id: &str) -> impl Future<Output = Result<()>> + Send;

    fn commit(self) -> impl Future<Output = Result<()>> + Send;
}

/// A record that was found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) row: Row,
    /// When the session ends that an old record shows.
    session_ends: Option<i64>,
}

/// What `find` and `lock` select, in the order of their columns.
pub(crate) type Columns = (
    i64,
    i64,
    i64,
    Option<String>,
    String,
    Option<String>,
    Option<i64>,
);

impl From<Columns> for Found {
    fn from(columns: Columns) -> Self {
        let (version, created, ends, owner, entries, target, session_ends) = columns;
        Self {
            row: Row {
                version,
                created,
                ends,
                owner,
                entries,
                target,
            },
            session_ends,
        }
    }
}

impl Found {
    /// The record; none where it is an old one and its session is over.
    pub(crate) fn live(self, now: i64) -> Option<Row> {
        let is_old = self.row.target.is_some();
        let is_over = self.session_ends.is_none_or(|ends| ends <= now);
        (!(is_old && is_over)).then_some(self.row)
    }

    /// The session; none where it is an old record.
    pub(crate) fn session(self) -> Option<Row> {
        self.row.target.is_none().then_some(self.row)
    }
}

/// Both databases number their parameters as `$1`.
pub(crate) mod sql {
    pub(crate) const FIND: &str = "\
        SELECT s.version, s.created, s.ends, s.owner, s.entries, s.target, t.ends \
        FROM buttress_session s LEFT JOIN buttress_session t ON t.id = s.target \
        WHERE s.id = $1 AND s.ends > $2";
    pub(crate) const PROLONG: &str = "\
        UPDATE buttress_session SET ends = CASE WHEN ends = $4 OR ends < $3 \
        THEN $3 ELSE ends END WHERE id = $1 AND ends > $2 AND target IS NULL";
    /// A record that is over but not swept yet makes room.
    pub(crate) const INSERT: &str = "\
        INSERT INTO buttress_session (id, version, created, ends, owner, entries, target) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) \
        ON CONFLICT (id) DO UPDATE SET version = excluded.version, \
        created = excluded.created, ends = excluded.ends, owner = excluded.owner, \
        entries = excluded.entries, target = excluded.target \
        WHERE buttress_session.ends <= $8";
    pub(crate) const UPDATE: &str = "\
        UPDATE buttress_session SET version = $2, ends = $3, owner = $4, entries = $5, \
        target = $6 WHERE id = $1";
    pub(crate) const DELETE: &str = "DELETE FROM buttress_session WHERE id = $1 OR target = $1";
    pub(crate) const DELETE_OLD_OF: &str = "DELETE FROM buttress_session WHERE target = $1";
    pub(crate) const LIST_BY_OWNER: &str = "\
        SELECT id, created FROM buttress_session \
        WHERE owner = $1 AND target IS NULL AND ends > $2 ORDER BY created LIMIT $3";
    pub(crate) const DELETE_BY_OWNER: &str = "\
        DELETE FROM buttress_session \
        WHERE owner = $1 AND target IS NULL AND id <> $2 RETURNING ends";
}

/// The statements that both databases take as they are, for a type with a
/// `reader` and a `writer` (pools), `prepare` and `begin`. sqlx' types know nothing
/// of each other, so that generic functions would be bounds for the most part.
macro_rules! impl_database {
    ($own:ty, $database:ty, lock: $lock:expr, sweep: $sweep:expr) => {
        impl Database for $own {
            type Transaction = sqlx::Transaction<'static, $database>;

            fn with_patience(&self, patience: Duration) -> Self {
                self.with_patience(patience)
            }

            async fn prepare(&self) -> Result<()> {
                self.prepare().await
            }

            async fn begin(&self) -> Result<Self::Transaction> {
                self.begin().await
            }

            async fn find(&self, id: &str, now: i64) -> Result<Option<Found>> {
                let query = sqlx::query_as::<_, Columns>(sql::FIND).bind(id).bind(now);
                let row = query.fetch_optional(self.reader()).await?;
                Ok(row.map(Found::from))
            }

            async fn prolong(&self, id: &str, now: i64, seen: i64, ends: i64) -> Result<bool> {
                let query = sqlx::query(sql::PROLONG).bind(id).bind(now);
                let query = query.bind(ends).bind(seen);
                Ok(query.execute(self.writer()).await?.rows_affected() > 0)
            }

            async fn insert(&self, id: &str, row: &Row, now: i64) -> Result<bool> {
                insert(self.writer(), id, row, now).await
            }

            async fn list_by_owner(
                &self,
                owner: &str,
                now: i64,
                limit: i64,
            ) -> Result<Vec<(String, i64)>> {
                let query = sqlx::query_as(sql::LIST_BY_OWNER).bind(owner).bind(now);
                query.bind(limit).fetch_all(self.reader()).await
            }

            async fn delete_by_owner(&self, owner: &str, except: &str) -> Result<Vec<i64>> {
                let query = sqlx::query_scalar(sql::DELETE_BY_OWNER).bind(owner);
                query.bind(except).fetch_all(self.writer()).await
            }

            async fn sweep(&self, now: i64, budget: i64) -> Result<u64> {
                let query = sqlx::query($sweep).bind(now).bind(budget);
                Ok(query.execute(self.writer()).await?.rows_affected())
            }
        }

        impl Transaction for sqlx::Transaction<'static, $database> {
            async fn lock(&mut self, id: &str, now: i64) -> Result<Option<Found>> {
                let query = sqlx::query_as::<_, Columns>($lock).bind(id).bind(now);
                Ok(query.fetch_optional(&mut **self).await?.map(Found::from))
            }

            async fn insert(&mut self, id: &str, row: &Row, now: i64) -> Result<bool> {
                insert(&mut **self, id, row, now).await
            }

            async fn update(&mut self, id: &str, row: &Row) -> Result<()> {
                let query = sqlx::query(sql::UPDATE).bind(id).bind(row.version);
                let query = query.bind(row.ends).bind(&row.owner).bind(&row.entries);
                query.bind(&row.target).execute(&mut **self).await?;
                Ok(())
            }

            async fn delete(&mut self, id: &str) -> Result<()> {
                let query = sqlx::query(sql::DELETE).bind(id);
                query.execute(&mut **self).await.map(drop)
            }

            async fn delete_old_of(&mut self, id: &str) -> Result<()> {
                let query = sqlx::query(sql::DELETE_OLD_OF).bind(id);
                query.execute(&mut **self).await.map(drop)
            }

            async fn commit(self) -> Result<()> {
                sqlx::Transaction::commit(self).await
            }
        }

        async fn insert(
            to: impl sqlx::Executor<'_, Database = $database>,
            id: &str,
            row: &Row,
            now: i64,
        ) -> Result<bool> {
            let query = sqlx::query(sql::INSERT).bind(id).bind(row.version);
            let query = query.bind(row.created).bind(row.ends).bind(&row.owner);
            let query = query.bind(&row.entries).bind(&row.target).bind(now);
            Ok(query.execute(to).await?.rows_affected() > 0)
        }

        /// Brings the table to the newest version; for one process at a time.
        async fn migrate(
            mut within: sqlx::Transaction<'static, $database>,
            steps: &[&'static str],
        ) -> Result<()> {
            sqlx::query(schema::MAKE_VERSIONS)
                .execute(&mut *within)
                .await?;
            let version = sqlx::query_scalar::<_, i64>(schema::VERSION);
            let done = version.fetch_one(&mut *within).await?;
            for (step, version) in steps.iter().zip(1..).filter(|(_, version)| *version > done) {
                // A text, as it is, may hold several statements.
                sqlx::Executor::execute(&mut *within, *step).await?;
                let add = sqlx::query(schema::ADD_VERSION).bind::<i64>(version);
                add.execute(&mut *within).await?;
            }
            within.commit().await
        }
    };
}
pub(crate) use impl_database;
