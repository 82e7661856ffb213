//! A shared HTTP cache as a tower layer: RFC 9111 in the process, for any service
//! over [`http`] types.
//!
//! A response that may be stored is given out again without asking the app: to the
//! next client, to the next thousand, and to all that ask while it is still being
//! made. What may be stored and for how long is what the app says with
//! `Cache-Control`; nothing else is stored. The layer saves work where a response
//! is the same for many and costs more than a look-up, some 1 µs; a proxy in front
//! does the same for a hop more.
//!
//! # Example
//!
//! ```
//! use axum::{Router, http::header::CACHE_CONTROL, routing::get};
//! use buttress_cache::{CacheLayer, MemoryStore};
//!
//! async fn report() -> ([(axum::http::HeaderName, &'static str); 1], String) {
//!     ([(CACHE_CONTROL, "public, max-age=60")], "slow to make".repeat(100))
//! }
//!
//! let cache = CacheLayer::new(MemoryStore::new());
//! let app: Router = Router::new().route("/report", get(report)).layer(cache);
//! # let _ = app;
//! ```
//!
//! # What it does
//!
//! - Answers GET and HEAD from what a GET stored, with a true `Age`; 304 to who has
//!   it already; 206, also in several parts, from a stored whole.
//! - Validates what is stale with its `ETag` or date, and keeps the fields that the
//!   304 brings. Serves stale while it refreshes in the background, and when the
//!   origin fails, where the response or the [`Policy`](policy::Policy) says so (RFC
//!   5861).
//! - Tells variants apart by `Vary`, on all lines and in normal form.
//! - Sends one of those who ask at once to the origin; the others read its body as
//!   it comes. Each request that goes is a client's own. What cannot be shared does
//!   not queue: the next ones go at the same time.
//! - Forgets what an unsafe request changed, and its groups (RFC 9875).
//! - Reads `CDN-Cache-Control` first (RFC 9213), and writes `Cache-Status` (RFC
//!   9211) where told to.
//!
//! Safe from the start: responses to `Authorization`, with `Set-Cookie`, or
//! `private` are for one client; a request with a body, one with a field that apps
//! are known to build URLs from, and one whose `Host` contradicts its URI, passes.
//! What loosens this is named for what it risks. `Cookie` is no such sign: a page that
//! depends on it has to say `private`, or it is for all as soon as it has a lifetime.
//!
//! # Customizing
//!
//! ```
//! use buttress_cache::{CacheLayer, CacheRules, MemoryStore, StatusMode, policy::Policy};
//! use http::{HeaderValue, Response, header::ACCEPT_ENCODING};
//! use std::time::Duration;
//!
//! let policy = Policy::new()
//!     .stale_while_revalidate(Duration::from_secs(30))
//!     .stale_if_error(Duration::from_secs(600));
//! let layer = CacheLayer::new(MemoryStore::with_bytes(256 << 20))
//!     .policy(policy)
//!     .jitter(10)
//!     .status(StatusMode::Short)
//!     // Two layers on one store: each has keys of its own.
//!     .namespace("shop")
//!     // Browsers that would get the same coding share a variant.
//!     .vary_by(ACCEPT_ENCODING, |headers| {
//!         let accepts = headers.get(ACCEPT_ENCODING)?.to_str().ok()?;
//!         accepts.contains("zstd").then(|| HeaderValue::from_static("zstd"))
//!     });
//!
//! // A handler says more than the fields do:
//! let mut response = Response::new("product 7");
//! let rules = CacheRules::new().ttl(Duration::from_secs(3600)).tag("product-7");
//! response.extensions_mut().insert(rules);
//!
//! // And who changes the product:
//! # async fn changed(layer: CacheLayer) -> Result<(), buttress_cache::BoxError> {
//! let cache = layer.handle();
//! cache.purge_tag("product-7").await?;
//! # Ok(())
//! # }
//! # let _ = (layer, changed);
//! ```
//!
//! [`Tiered`] puts [`MemoryStore`] before a store that processes share; a store of
//! your own is a [`Store`], and `store::conformance` (feature `conformance`) has what
//! it must pass.
//!
//! # Layer order
//!
//! Inside of compression, so that one stored response serves every coding, and
//! outside of what makes responses. Outside of sessions only if no response depends
//! on one, or those that do say `private`. Inside of axum's `Router::nest` a layer
//! sees a path without its prefix: use [`CacheLayer::namespace`], or
//! `CacheLayer::original_uri` (feature `axum`). A layer that stands twice on the way
//! of a request takes part once, as the outer one.
//!
//! # Errors and limits
//!
//! The error is the inner service's; the body's is [`BoxError`]. The layer itself
//! answers only 504 to `only-if-cached`, and 304, 206 and 416 from what is stored. A
//! store that fails is a store that has nothing. Of a hit nothing is boxed, nor of what
//! passes because nothing could be stored for its URI of late; any other request that
//! goes to the origin by way of the cache takes one box.
//!
//! | | default | beyond it |
//! |---|---|---|
//! | store in memory | 64 MiB, by an account of headers, body and what they cost | the least useful go |
//! | variants of a key | 16 | the oldest goes |
//! | a stored body | 2 MiB ([`CacheLayer::largest_body`]) | streamed, not stored |
//! | what is kept of a body for its readers | the same | who falls behind gets [`LaggedError`] |
//! | a stored head | 32 KiB | not stored |
//! | a key | 8 KiB | passes |
//! | tags of a response | 64 | not stored |
//! | keys on their way at once | 16,384 | not shared |
//! | refreshes in the background | 64, 30 s each ([`CacheLayer::refresh_limit`]) | served stale, refreshed later |
//! | paths whose `No-Vary-Search` is remembered | 1,024 | the least useful are forgotten |
//! | keys that do not wait for each other | 16,384 places by hash, 10 s each ([`CacheLayer::hit_for_miss`]) | the later one of two in one place stays |
//! | purges during a response | 1,024 of tags and prefixes | it is not stored |
//!
//! A body is stored when it came whole: at its end, or when as many bytes came as
//! announced. One that a client gives up, that breaks, or that has another length is
//! not. A lone reader sets the pace of its body; of several, the fastest one.
//!
//! Outside of a tokio runtime there is no background: what is stale is validated
//! while its client waits. Background refreshes need a runtime with its timer on.
//!
//! Upgrades, CONNECT and gRPC pass untouched.
//!
//! Queries that a response calls the same with `No-Vary-Search` share an entry, from
//! the second request on. A purge by URI or by an unsafe request reaches it in
//! processes that have seen the rule; tags reach it in all.
//!
//! Not done: parts are not stored (206), and responses to POST are not stored.
//!
//! # Features
//!
//! `axum`: `CacheLayer::original_uri`. `conformance`: `store::conformance`. None is on by
//! default.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod after;
mod apart;
mod background;
mod body;
mod clock;
mod entry;
mod error;
mod fill;
mod flight;
mod future;
mod guard;
mod handle;
mod hosts;
mod judge;
mod key;
mod keyer;
mod layer;
mod marks;
mod origin;
pub mod policy;
mod purge;
mod reader;
mod recording;
mod renewal;
mod reporter;
mod rules;
mod search;
mod sent;
mod serve;
mod service;
mod shared;
mod stats;
pub mod store;
mod table;
mod trip;
mod variants;
mod within;

pub use self::{
    body::ResponseBody,
    entry::{Entry, Head},
    error::{BoxError, LaggedError},
    future::ResponseFuture,
    handle::Cache,
    key::Key,
    layer::CacheLayer,
    purge::{Purge, Scope},
    reporter::StatusMode,
    rules::CacheRules,
    service::Cached,
    stats::Stats,
    store::{BoxFuture, Lookup, MemoryStore, Store, StoreResult, Tiered, Usage, Wanted},
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
