//! Sessions of [buttress-session](buttress_session) in Redis or Valkey, which all
//! processes of an app share.
//!
//! A session is one hash, and each operation one script and so one step and one
//! trip: two requests that write different keys lose nothing, a logout is not
//! undone by a write that was under way, and a login moves the session to its new
//! id as a whole. An unused session ends by Redis' own clock.
//!
//! # Example
//!
//! ```
//! use buttress_session::SessionLayer;
//! use buttress_session_redis::RedisStore;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = RedisStore::open("redis://127.0.0.1:6379")?;
//! let layer: SessionLayer = SessionLayer::new(store);
//! # Ok(())
//! # }
//! ```
//!
//! # Customizing
//!
//! ```
//! use buttress_session_redis::RedisStore;
//! use std::time::Duration;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = RedisStore::open("redis://app:secret@10.0.0.7:6379/2")?
//!     .prefix("shop:")
//!     .session_bytes(16 << 10)
//!     .deadline(Duration::from_millis(300));
//! # Ok(())
//! # }
//! ```
//!
//! Client certificates, Sentinel's answer, or anything else that an address does
//! not say goes into a [`redis::Client`] and [`RedisStore::new`].
//!
//! # Beside an Express app
//!
//! With the feature `express` the layer reads and writes the records of
//! connect-redis (`ExpressStore`) and the cookies of express-session
//! (`ExpressIds`), so that an Express app and this one share logins while one
//! replaces the other.
//!
//! # What is in Redis
//!
//! `PREFIX{FAMILY}.DIGEST` is the hash of a session: its creation (`m`), version
//! (`v`), size (`n`), owner (`o`) and its entries (`=NAME`) as JSON text. `DIGEST`
//! is the SHA-256 of the id, so that whoever reads Redis cannot take over a
//! session. `FAMILY` stays when the id changes, so that Redis Cluster has the old
//! record and the new one on one node. `PREFIXowner:OWNER` is the index of an
//! owner's sessions, a sorted set by the time of their end; it is changed in the
//! same step. Every key has an end.
//!
//! # Errors and limits
//!
//! - Redis 6.2 or Valkey 7.2, since scripts use `COPY` and the client RESP3.
//! - One connection for each store, renewed by itself. During an outage requests
//!   that touch their session fail at once (Redis is not there) or after
//!   [`deadline`](RedisStore::deadline) (it does not answer), as `Unavailable`;
//!   the first request after it succeeds. A write is repeated only where it was
//!   surely not sent, so that it may fail once if Redis restarts between two
//!   requests; a reading is repeated.
//! - A write that was sent before the deadline may be applied after it: whole, and
//!   never to a session that was ended meanwhile.
//! - A session takes [`session_bytes`](RedisStore::session_bytes) at most, 64 KiB
//!   by default; else the commit is refused as `TooLarge` and changes nothing.
//! - A record that is not one of ours is `Corrupt`, and is left alone until it is
//!   deleted.
//! - With `maxmemory` and an eviction policy Redis ends sessions when it runs out
//!   of room; with asynchronous replication a failover may lose the last writes, a
//!   logout among them. `appendfsync always` and `WAIT` are Redis' answers.
//!   Such a policy may take the index of an owner as well, and then "log out
//!   everywhere" misses those sessions. `noeviction` is right for sessions: a full
//!   Redis is `Unavailable` then for what writes, and can be read.
//! - Owners need one node (with replicas or Sentinel): on a Cluster the index of an
//!   owner and his sessions are on different nodes, and binding one is refused.
//!   This crate's client does not follow a Cluster's redirections by itself.
//! - With `tls` each new connection reads the certificates of the system, on the
//!   worker that makes it: some ten milliseconds. A client of your own with the one
//!   certificate that counts does not.
//! - A tokio runtime is needed.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod connection;
mod error;
#[cfg(feature = "express")]
#[cfg_attr(docsrs, doc(cfg(feature = "express")))]
mod express;
mod key;
mod reply;
mod script;
mod store;

#[cfg(feature = "express")]
pub use express::{ExpressIds, ExpressStore};
pub use redis;
pub use store::RedisStore;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
