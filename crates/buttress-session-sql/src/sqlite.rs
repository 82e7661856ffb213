use crate::{
    SqlStore,
    database::{Columns, Database, Found, Transaction, impl_database, sql},
    row::Row,
    schema,
    store::DEADLINE,
};
use sqlx::{
    Result, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{path::Path, sync::OnceLock, time::Duration};

/// Keeps sessions in one SQLite file, which all processes of one machine share.
pub type SqliteStore = SqlStore<Sqlite>;

/// A SQLite file. See [`SqliteStore`].
#[derive(Debug)]
pub struct Sqlite {
    options: SqliteConnectOptions,
    /// With the writers of other processes, and for a connection.
    patience: Duration,
    pools: OnceLock<Pools>,
}

/// SQLite has one writer at a time. Those of this process stand in a queue for it,
/// since SQLite's own waiting is a lottery; readers wait for nobody.
#[derive(Debug)]
struct Pools {
    reader: SqlitePool,
    writer: SqlitePool,
}

const READERS: u32 = 4;
const SWEEP: &str = "DELETE FROM buttress_session WHERE id IN \
    (SELECT id FROM buttress_session WHERE ends <= $1 ORDER BY ends LIMIT $2)";

impl SqliteStore {
    /// A store in the file at `path`, which is made if it is not there.
    ///
    /// It is opened by the first request that needs it. The file has two companions
    /// (`-wal` and `-shm`) and has to be on a disk of this machine: SQLite's locks
    /// do not work over a network. `:memory:` is no file; that is what
    /// [`MemoryStore`](buttress_session::MemoryStore) is for.
    pub fn open(path: impl AsRef<Path>) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // In WAL a crash of the machine may lose the last commits, never the file.
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(DEADLINE);
        Self::new(Sqlite {
            options,
            patience: DEADLINE,
            pools: OnceLock::new(),
        })
    }
}

impl Sqlite {
    fn with_patience(&self, patience: Duration) -> Self {
        Self {
            options: self.options.clone().busy_timeout(patience),
            patience,
            pools: OnceLock::new(),
        }
    }

    async fn prepare(&self) -> Result<()> {
        migrate(self.begin().await?, schema::SQLITE).await
    }

    async fn begin(&self) -> Result<sqlx::Transaction<'static, sqlx::Sqlite>> {
        // A transaction that reads first and then writes would be refused if
        // somebody else wrote in between.
        let begin = self.writer().clone();
        let begin = async move { begin.begin_with("BEGIN IMMEDIATE").await };
        // To the end, whoever goes away meanwhile: sqlx does not see that a `BEGIN`
        // that was cut off took effect, and leaves the transaction open.
        let begun = tokio::spawn(begin).await;
        begun.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }

    fn reader(&self) -> &SqlitePool {
        &self.pools().reader
    }

    fn writer(&self) -> &SqlitePool {
        &self.pools().writer
    }

    /// Made in the runtime that uses them first.
    fn pools(&self) -> &Pools {
        self.pools.get_or_init(|| Pools {
            reader: self.pool(READERS),
            writer: self.pool(1),
        })
    }

    fn pool(&self, connections: u32) -> SqlitePool {
        SqlitePoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(self.patience)
            .test_before_acquire(false)
            .connect_lazy_with(self.options.clone())
    }
}

impl_database!(Sqlite, sqlx::Sqlite, lock: sql::FIND, sweep: SWEEP);
