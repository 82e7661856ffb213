use buttress_session::StoreError;
use sqlx::error::DatabaseError;

/// Why a step was not done.
#[derive(Debug)]
pub(crate) enum Failure {
    Sql(sqlx::Error),
    Store(StoreError),
}

impl Failure {
    /// Whether the database gave this step up in favour of another one.
    pub(crate) fn is_rivalry(&self) -> bool {
        let Self::Sql(sqlx::Error::Database(error)) = self else {
            return false;
        };
        // serialization_failure, deadlock_detected
        matches!(error.code().as_deref(), Some("40001" | "40P01"))
    }

    /// Whether the table is not there, so that nothing was done.
    pub(crate) fn is_no_table(&self) -> bool {
        let Self::Sql(sqlx::Error::Database(error)) = self else {
            return false;
        };
        // undefined_table; SQLite has one code for whatever a statement asks wrongly.
        error.code().as_deref() == Some("42P01") || error.message().starts_with("no such table")
    }

    /// Whether it was the connection that failed.
    pub(crate) fn is_broken(&self) -> bool {
        matches!(self, Self::Sql(error) if is_broken(error))
    }
}

/// Whether the connection is good for nothing any more.
pub(crate) fn is_broken(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            code.len() == 5 && (code.starts_with("57P") || code.starts_with("08"))
        }
        _ => false,
    }
}

/// Whether somebody else has the SQLite file: BUSY, in the last byte of the code.
pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else {
        return false;
    };
    let code = error.code().unwrap_or_default();
    code.len() < 5 && code.parse::<u32>().is_ok_and(|code| code & 0xff == 5)
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Store(error) => error,
            Failure::Sql(error) => match &error {
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed => Self::unavailable(error),
                sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::corrupt(error),
                sqlx::Error::Database(cause) if may_pass(cause.as_ref()) => {
                    Self::unavailable(error)
                }
                _ => Self::backend(error),
            },
        }
    }
}

/// Whether what the database says no to may go well later.
fn may_pass(error: &dyn DatabaseError) -> bool {
    let code = error.code().unwrap_or_default();
    // Postgres: connection lost, out of resources, starting or stopping, rivalry,
    // a replica, cancelled by `statement_timeout`.
    let classes = ["08", "53", "57", "40"];
    if code.len() == 5 {
        return code == "25006" || classes.iter().any(|class| code.starts_with(class));
    }
    // SQLite: BUSY, LOCKED, IOERR, FULL, CANTOPEN, in the last byte of the code.
    let code = code.parse::<u32>().unwrap_or_default() & 0xff;
    matches!(code, 5 | 6 | 10 | 13 | 14)
}
