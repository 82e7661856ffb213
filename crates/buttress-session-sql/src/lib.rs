//! Sessions of [buttress-session](buttress_session) in SQLite or Postgres, which
//! all processes of an app share.
//!
//! `SqliteStore` is a file that all processes of one machine share, with no server
//! to run. `PostgresStore` is for an app that has a Postgres anyway; one with many
//! requests a second is better off with Redis, which needs one trip where a
//! transaction needs four.
//!
//! # Example
//!
#![cfg_attr(feature = "sqlite", doc = "```")]
#![cfg_attr(not(feature = "sqlite"), doc = "```ignore")]
//! use buttress_session::SessionLayer;
//! use buttress_session_sql::SqliteStore;
//!
//! let store = SqliteStore::open("/var/lib/shop/sessions");
//! let layer: SessionLayer = SessionLayer::new(store);
//! ```
//!
//! # Customizing
//!
#![cfg_attr(feature = "postgres", doc = "```")]
#![cfg_attr(not(feature = "postgres"), doc = "```ignore")]
//! use buttress_session_sql::PostgresStore;
//! use std::time::Duration;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = PostgresStore::open("postgres://shop:secret@10.0.0.7/shop")?
//!     .session_bytes(16 << 10)
//!     .deadline(Duration::from_millis(500));
//! # Ok(())
//! # }
//! ```
//!
//! # What is in the database
//!
//! A table `buttress_session` with a row for each session: its key (the SHA-256 of
//! the id), version, creation, end, owner, and its entries as one JSON object. After
//! a rotation with a grace the old row says in `target` where the session went.
//! Times are milliseconds of the Unix epoch by the clocks of the app's machines,
//! which should agree to within a second. `buttress_session_schema` holds the
//! version of the table; sqlx' own migrations, if the app has any, know nothing of
//! either.
//!
//! # Errors and limits
//!
//! - The table is made by the first request, or by [`migrate`](SqlStore::migrate)
//!   with the rights of another user, and made again in an empty database that was
//!   put in the place of the one before.
//! - SQLite: four connections that read, and one that writes, for which the writes
//!   of this process stand in a queue and for which other processes are waited for.
//!   WAL, `synchronous = NORMAL`: a crash of the machine may lose the last writes,
//!   never the file. The file has to be on a disk of this machine. To delete or
//!   replace it, stop the app: who has it open goes on with the deleted one.
//! - Postgres: ten connections. A read is one trip, a write four, a new session
//!   one. A pooler in transaction mode (PgBouncer) does not go with the prepared
//!   statements of sqlx.
//! - During an outage requests that touch their session fail as `Unavailable` after
//!   [`deadline`](SqlStore::deadline); the first one after it succeeds. A new session
//!   may be refused once if Postgres restarts within a second of another request.
//! - A write that was sent before the deadline may be applied after it: whole, and
//!   never to a session that was ended meanwhile.
//! - A session takes [`session_bytes`](SqlStore::session_bytes) at most, 64 KiB by
//!   default; else the commit is refused as `TooLarge` and changes nothing.
//! - A record that cannot be read is `Corrupt`, and stays as it is until it is
//!   deleted or swept.
//! - [`sweep`](buttress_session::SessionStore::sweep) has to be called: the records
//!   of sessions whose time is over take room until then.
//! - A tokio runtime is needed.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
// Without a database there is nothing to do it with.
#![cfg_attr(
    not(any(feature = "sqlite", feature = "postgres")),
    allow(dead_code, unused)
)]

mod database;
mod error;
#[cfg(feature = "postgres")]
mod postgres;
mod row;
mod schema;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;

#[cfg(feature = "postgres")]
pub use postgres::{Postgres, PostgresStore};
#[cfg(feature = "sqlite")]
pub use sqlite::{Sqlite, SqliteStore};
pub use store::SqlStore;

#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../README.md")]
struct Readme;
