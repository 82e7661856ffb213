use crate::{
    SqlStore,
    database::{Columns, Database, Found, Transaction, impl_database, sql},
    error::{Failure, is_broken},
    row::Row,
    schema,
    store::DEADLINE,
};
use buttress_session::StoreError;
use sqlx::{
    Connection, PgPool, Result,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{sync::OnceLock, time::Duration};

/// Keeps sessions in Postgres.
pub type PostgresStore = SqlStore<Postgres>;

/// A Postgres database. See [`PostgresStore`].
#[derive(Debug)]
pub struct Postgres {
    options: PgConnectOptions,
    /// With a connection, and of the server with a statement.
    patience: Duration,
    pool: OnceLock<PgPool>,
}

const CONNECTIONS: u32 = 10;
/// For how long after its last use a connection is taken to be good.
const TRUSTED: Duration = Duration::from_secs(1);
/// For whom the lock on making the table is.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7023371264)";

const LOCK_ROW: &str = "\
    SELECT s.version, s.created, s.ends, s.owner, s.entries, s.target, t.ends \
    FROM buttress_session s LEFT JOIN buttress_session t ON t.id = s.target \
    WHERE s.id = $1 AND s.ends > $2 FOR UPDATE OF s";
/// Processes that sweep at once share the work.
const SWEEP: &str = "DELETE FROM buttress_session WHERE id IN \
    (SELECT id FROM buttress_session WHERE ends <= $1 ORDER BY ends LIMIT $2 \
    FOR UPDATE SKIP LOCKED)";

impl PostgresStore {
    /// A store at an address like `postgres://user:password@host:5432/database`.
    ///
    /// It connects with the first request that needs it. The table is made in the
    /// first schema of the user's `search_path`, `public` as a rule.
    ///
    /// # Errors
    ///
    /// If this is not such an address.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        let options = url.parse::<PgConnectOptions>();
        let options = options.map_err(Failure::from)?;
        Ok(Self::new(Postgres {
            options,
            patience: DEADLINE,
            pool: OnceLock::new(),
        }))
    }
}

impl Postgres {
    fn with_patience(&self, patience: Duration) -> Self {
        Self {
            options: self.options.clone(),
            patience,
            pool: OnceLock::new(),
        }
    }

    async fn prepare(&self) -> Result<()> {
        let newest = i64::try_from(schema::POSTGRES.len()).unwrap_or(i64::MAX);
        let version = sqlx::query_scalar::<_, i64>(schema::VERSION);
        // Where it is done already, no right to make tables is needed.
        if matches!(version.fetch_one(self.reader()).await, Ok(version) if version >= newest) {
            return Ok(());
        }
        let mut transaction = self.begin().await?;
        // `IF NOT EXISTS` alone fails when two do it at once.
        sqlx::query(LOCK).execute(&mut *transaction).await?;
        migrate(transaction, schema::POSTGRES).await
    }

    async fn begin(&self) -> Result<sqlx::Transaction<'static, sqlx::Postgres>> {
        // To the end, whoever goes away meanwhile: sqlx does not see that a `BEGIN`
        // that was cut off took effect, and leaves the transaction open.
        let begun = tokio::spawn(begin(self.writer().clone())).await;
        begun.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }

    fn reader(&self) -> &PgPool {
        self.pool.get_or_init(|| {
            // What nobody waits for any more is not worth doing either.
            let statement = ("statement_timeout", self.patience.as_millis());
            PgPoolOptions::new()
                .max_connections(CONNECTIONS)
                .acquire_timeout(self.patience)
                // That would be a trip for each request; but a connection that
                // stood idle may have been cut off meanwhile.
                .test_before_acquire(false)
                .before_acquire(|connection, meta| {
                    Box::pin(async move {
                        if meta.idle_for > TRUSTED {
                            connection.ping().await?;
                        }
                        Ok(true)
                    })
                })
                .connect_lazy_with(self.options.clone().options([statement]))
        })
    }

    fn writer(&self) -> &PgPool {
        self.reader()
    }
}

/// Over a connection that works: those of before a restart give out here, one after
/// the other.
async fn begin(pool: PgPool) -> Result<sqlx::Transaction<'static, sqlx::Postgres>> {
    for _ in 0..CONNECTIONS {
        match pool.begin().await {
            Err(error) if is_broken(&error) => {}
            begun => return begun,
        }
    }
    pool.begin().await
}

impl_database!(Postgres, sqlx::Postgres, lock: LOCK_ROW, sweep: SWEEP);
