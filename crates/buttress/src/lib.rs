//! What a production service needs, as tower layers for axum, hyper and tonic.
//!
//! Each practice of Express's guide "Production best practices" is a crate of its own,
//! re-exported here behind a feature; take those you want. Or take [`Production`], which
//! is all of the layers in the right order.
//!
//! # Example
//!
//! ```
//! use axum::{Router, routing::get};
//! use buttress::{Production, env::Environment};
//!
//! # fn main() -> std::io::Result<()> {
//! let stack = Production::builder(Environment::Production).build()?;
//! let app: Router = Router::new()
//!     .route("/", get(|| async { "hello" }))
//!     .layer(stack);
//! # Ok(())
//! # }
//! ```
//!
//! # Customizing
//!
//! ```
//! use buttress::{
//!     Production, cache::MemoryStore, env::Environment, log::{AccessLogLayer, Writer}, session,
//! };
//! use std::time::Duration;
//!
//! # fn main() -> std::io::Result<()> {
//! // With the feature `env`, `Environment` comes from `APP_ENV` and the like.
//! let environment = Environment::Development;
//! let (writer, _guard) = Writer::stderr()?;
//! let stack = Production::builder(environment)
//!     .log(AccessLogLayer::new(writer))
//!     // Stores that processes share are crates of their own: `buttress-cache-redis`
//!     // behind this memory as `Tiered`, and `buttress-session-redis` or `-sql` here.
//!     .cache_store(MemoryStore::with_bytes(256 << 20))
//!     .session_store(session::MemoryStore::new())
//!     .cache(|cache| cache.namespace("shop"))
//!     .errors(|errors| errors.verbose(true))
//!     .session(|session| session.idle(Duration::from_secs(3600)))
//!     .build()?;
//! // For whoever changes the catalogue: `cache.purge(&uri).await`.
//! let cache = stack.cache();
//! # let _ = cache;
//! # Ok(())
//! # }
//! ```
//!
//! # The crates
//!
//! | feature | practice | what it is |
//! |---|---|---|
//! | `compression` | compress responses | layers for responses and requests |
//! | `error` | handle exceptions properly | panics and errors become answers and reports |
//! | `drain` | stop without losing a request | a server and a layer |
//! | `cluster` | restart automatically; run in a cluster | a supervisor, and workers of the same executable |
//! | `env` | set the environment to production | typed configuration, read once |
//! | `log` | log without blocking | access logs, and a writer that never waits |
//! | `cache` | cache request results | a shared HTTP cache (RFC 9111) |
//! | `proxy` | use a reverse proxy | requests to one upstream, and error pages |
//! | `session` | keep session state in a store | sessions on any store |
//! | `sync-io` | call nothing that blocks | names the line that blocks a worker |
//! | `trust-proxy` | know the client behind proxies | `trust proxy` of Express, and more |
//! | `balance` | use a load balancer | one, as a tower service |
//! | `axum` | | routes, addresses and extractors of axum, in those that are on |
//! | `production` (default) | all of it | [`Production`]: all but `balance`, `cluster`, `drain` and `proxy`, which are no layers |
//!
//! Stores and other adapters (`buttress-session-redis` and the like) are crates of their
//! own, since they change at another pace.
//!
//! # Layer order
//!
//! [`ordering`] says what stands where and why.
//!
//! # Errors and limits
//!
//! `build` fails only where the log to the standard output cannot be started. The stack's
//! error is that of nobody: [`error`] answers all failures. What is bounded, and by how
//! much, stands with each layer; by default: 64 MiB of cached responses, of 2 MiB each at
//! most; requests that decompress to 8 MiB at most; 1 s for the trips of a request
//! to its session; 64 KiB read ahead to compress a body.
//!
//! Requests for one address that come at once ask the app once, and the others wait for
//! what may be shared. An answer that takes long and may never be shared is better kept
//! away from the cache: `.cache(|cache| cache.bypass(..))`.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "production")]
mod production;

#[cfg(feature = "balance")]
#[doc(inline)]
pub use buttress_balance as balance;
#[cfg(feature = "cache")]
#[doc(inline)]
pub use buttress_cache as cache;
#[cfg(feature = "cluster")]
#[doc(inline)]
pub use buttress_cluster as cluster;
#[cfg(feature = "compression")]
#[doc(inline)]
pub use buttress_compression as compression;
#[cfg(feature = "drain")]
#[doc(inline)]
pub use buttress_drain as drain;
#[cfg(feature = "env")]
#[doc(inline)]
pub use buttress_env as env;
#[cfg(feature = "error")]
#[doc(inline)]
pub use buttress_error as error;
#[cfg(feature = "log")]
#[doc(inline)]
pub use buttress_log as log;
#[cfg(feature = "proxy")]
#[doc(inline)]
pub use buttress_proxy as proxy;
#[cfg(feature = "session")]
#[doc(inline)]
pub use buttress_session as session;
#[cfg(feature = "sync-io")]
#[doc(inline)]
pub use buttress_sync_io as sync_io;
#[cfg(feature = "trust-proxy")]
#[doc(inline)]
pub use buttress_trust_proxy as trust_proxy;

#[cfg(feature = "production")]
#[cfg_attr(docsrs, doc(cfg(feature = "production")))]
pub use production::{Production, ProductionBuilder, Stack};

#[doc = include_str!("../docs/ordering.md")]
pub mod ordering {}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
