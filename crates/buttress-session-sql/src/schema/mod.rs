//! The table, and how it comes to be.
//!
//! Not by sqlx's migrations, which keep a table of that name for the app alone.

/// What makes each version of the schema of the one before it.
#[cfg(feature = "sqlite")]
pub(crate) const SQLITE: &[&str] = &[include_str!("sqlite_1.sql")];
#[cfg(feature = "postgres")]
pub(crate) const POSTGRES: &[&str] = &[include_str!("postgres_1.sql")];

pub(crate) const MAKE_VERSIONS: &str =
    "CREATE TABLE IF NOT EXISTS buttress_session_schema (version BIGINT NOT NULL PRIMARY KEY)";
pub(crate) const VERSION: &str = "SELECT coalesce(max(version), 0) FROM buttress_session_schema";
pub(crate) const ADD_VERSION: &str = "INSERT INTO buttress_session_schema (version) VALUES ($1)";
