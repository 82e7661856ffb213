//! The shared tier of [buttress-cache](buttress_cache): responses in Redis or
//! Valkey, which all processes of an app have in common.
//!
//! Behind a [`MemoryStore`](buttress_cache::MemoryStore) it makes one process'
//! work good for all, and for the next start; and a purge in one process reaches
//! the memory of every other. While Redis is down, slow, full or full of garbage,
//! requests go on without it.
//!
//! # Example
//!
//! ```
//! use buttress_cache::{CacheLayer, MemoryStore, Tiered};
//! use buttress_cache_redis::RedisStore;
//!
//! # fn main() -> Result<(), buttress_cache::BoxError> {
//! let redis = RedisStore::open("redis://127.0.0.1:6379")?;
//! let layer = CacheLayer::new(Tiered::new(MemoryStore::new(), redis));
//! # drop(layer);
//! # Ok(())
//! # }
//! ```
//!
//! # Customizing
//!
//! ```
//! use buttress_cache_redis::RedisStore;
//! use std::time::Duration;
//!
//! # fn main() -> Result<(), buttress_cache::BoxError> {
//! let redis = RedisStore::open("redis://app:secret@10.0.0.7:6379/2")?
//!     .name("shop")
//!     .deadline(Duration::from_millis(50))
//!     .largest_body(512 << 10)
//!     .distrust_after(Duration::from_secs(5));
//! # drop(redis);
//! # Ok(())
//! # }
//! ```
//!
//! Client certificates, or anything else that an address does not say, go into a
//! [`redis::Client`] and [`RedisStore::new`].
//!
//! With the feature `tls` addresses may be `rediss://`: by rustls, which gets ring for
//! its cryptography where the process has chosen none, and with the certificates of the
//! system. An authority of one's own goes into `redis::Client::build_with_tls`, with
//! `?protocol=resp3` in the address.
//!
//! # Layer order
//!
//! That of the cache. The store brings no layer of its own.
//!
//! # What is in Redis
//!
//! All names begin with the [name](RedisStore::name) of the cache in braces, so
//! that Redis Cluster has them on one node and each operation is one script there:
//! a step that nothing comes between.
//!
//! | name | what |
//! |---|---|
//! | `{cache}:h:KEY` | the heads of a key's variants, in a [versioned envelope](envelope) with absolute times, and what they knew of their tags |
//! | `{cache}:b:KEY` | their bodies; each has a number that its head knows |
//! | `{cache}:t:TAG` | the generation of a tag |
//! | `{cache}:marks` | the generation of the cache, a counter, purges by prefix |
//! | `{cache}:recent` | the last 1024 purges |
//! | `{cache}:purges` | the channel |
//!
//! A lookup is one trip, or two if a key has several variants. A response that was
//! validated is written without its body, which lives as much longer as its head, or with
//! it where it has ended or was evicted; a miss is one lookup and one write. A purge costs the
//! same however much it is about: a tag, a prefix or the cache gets a mark, and
//! what was put before it is not given any more. Keys end by themselves when
//! what they hold is of no use.
//!
//! Everything is counted in the order in which Redis did it. A response that was
//! asked for before a purge is not stored after it, in whichever process: one
//! that has heard of the purge drops the response itself, and from one that has
//! not Redis takes nothing that the purge is about. What Redis evicts or loses
//! takes what depends on it along: a tag without its generation is a purged tag.
//!
//! # When Redis is not there
//!
//! - A lookup waits for [`deadline`](RedisStore::deadline) at most, 100 ms by
//!   default. After 5 without an answer in a row, or when the connection breaks, or
//!   when it does not answer a `PING` within a second, nothing waits any more:
//!   lookups say at once that they have found nothing. One task tries to connect,
//!   after 50 ms to 1 s, for at most 2 s; no request does. When it has succeeded,
//!   all goes on by itself.
//! - Commands and purges share a connection. So a process that can read Redis
//!   hears of purges, and one that cannot hear them does not read.
//! - A process that was cut off hears, when it is back, of the purges that it has
//!   missed, if they were fewer than 1024 and Redis has kept them. Otherwise its
//!   first tier begins anew, as when Redis comes back empty.
//! - Until then its first tier goes on, since all traffic at once may be more than
//!   an origin can bear. But every [`distrust_after`](RedisStore::distrust_after),
//!   10 s by default, all in it becomes stale (not gone: `stale-while-revalidate`,
//!   `stale-if-error` and validation still apply). So a purge elsewhere is missed for
//!   about that long, and 5 s more to notice and to try.
//! - A purge that Redis could not be told is an error to who made it. It holds in
//!   his own process, and Redis is not read before it was told (1024 such purges
//!   are remembered; more become one of everything).
//!
//! # Errors and limits
//!
//! - No request fails because of Redis. [`open`](RedisStore::open) does with an
//!   address that is none.
//! - Garbage, an entry of another version of the envelope, a body that is not that
//!   of its head: nothing is found, and the next response takes the place.
//! - A Redis whose memory is full (`noeviction`) refuses what is new and still
//!   gives what it has. Purges work then, too.
//! - Bodies of up to [`largest_body`](RedisStore::largest_body), 2 MiB by default;
//!   heads of 256 KiB, keys of 8 KiB; 16 [variants](RedisStore::variants) of a
//!   key; 30 days. The rest stays in the first tier. At most 32 MiB are on their
//!   way to Redis at once; what comes meanwhile is not put there.
//! - 128 prefixes can be purged apart. With one more everything is purged, and the
//!   count begins anew.
//! - Processes whose clocks differ disagree about ages by as much.
//! - Redis 6.2 or later, or Valkey; a user with `ACL` needs `EVALSHA`, `SCRIPT`,
//!   `SUBSCRIBE`, `PUBLISH`, `PING` and what the scripts call. Tests run against Redis
//!   7.0; Valkey, whose protocol and scripts are the same, was not tried.
//! - One server, with replicas and a proxy or an address that moves if need be. A Cluster
//!   is not supported: the client does not follow its redirections. All keys of a cache
//!   have one hash tag, so that an address of the node which has it works until the slot
//!   moves. Sentinel is not asked for the master.
//! - A tokio runtime is needed. Outside of one nothing is found and nothing put.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod command;
pub mod envelope;
mod error;
mod link;
mod message;
mod names;
mod pending;
mod script;
mod session;
mod settings;
mod store;
mod supervisor;
#[cfg(feature = "tls")]
mod tls;
mod ttl;
mod writes;

pub use redis;
pub use store::RedisStore;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
