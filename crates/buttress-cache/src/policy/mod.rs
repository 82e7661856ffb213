//! RFC 9111 and its kin as pure functions: no IO, no clock, no async.
//!
//! In the order in which a cache asks:
//!
//! 1. [`Policy::request`] reads a request into [`RequestTerms`]: whether the
//!    cache takes part at all, and what the client wants of it.
//! 2. [`Policy::lookup`] holds them against a stored [`Freshness`]: a
//!    [`Decision`].
//! 3. [`answer`](answer()) makes the response to this request from what is
//!    stored: whole, 304, 206 or 416.
//! 4. [`Metadata::make_conditional`] turns a request into one that validates, and
//!    [`Policy::update`] takes what a 304 or the answer to HEAD says.
//! 5. [`Policy::store`] judges a response: [`Metadata`] to keep, or
//!    [`NotStorable`].
//! 6. [`Policy::invalidates`] names what an unsafe request made stale.
//!
//! Beside them: [`Vary`] and [`NoVarySearch`] for keys, [`CacheStatus`] to tell
//! what happened.
//!
//! # Example
//!
//! ```
//! use buttress_cache::policy::{
//!     Decision, Exchange, Payload, Policy, Timestamp, Update, answer,
//! };
//! use http::{HeaderMap, Method, StatusCode};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let policy = Policy::new();
//! let request = HeaderMap::new();
//! let terms = policy.request(&Method::GET, &request);
//!
//! // The origin answers at once.
//! let sent = Timestamp::from_secs(1_800_000_000);
//! let exchange = Exchange { requested: sent, received: sent };
//! let mut response = HeaderMap::new();
//! response.insert("cache-control", "max-age=60".parse()?);
//! response.insert("etag", "\"v1\"".parse()?);
//! let stored = policy.store(&terms, StatusCode::OK, &response, exchange)?;
//!
//! // A client that has it already asks within the minute.
//! let mut request = HeaderMap::new();
//! request.insert("if-none-match", "\"v1\"".parse()?);
//! let terms = policy.request(&Method::GET, &request);
//! let now = Timestamp::from_secs(1_800_000_059);
//! let decision = policy.lookup(&terms, &stored.freshness, now);
//! assert!(matches!(decision, Decision::Fresh { .. }));
//! let answer = answer(&terms, &request, &stored, Some(5), now);
//! assert_eq!(answer.status, StatusCode::NOT_MODIFIED);
//! assert_eq!(answer.payload, Payload::Empty);
//!
//! // A second later the origin has to be asked, which says that it holds.
//! let now = Timestamp::from_secs(1_800_000_060);
//! let decision = policy.lookup(&terms, &stored.freshness, now);
//! assert!(matches!(decision, Decision::Validate { .. }));
//! assert!(stored.make_conditional(&mut request));
//! let exchange = Exchange { requested: now, received: now };
//! let update = policy.update(&terms, &stored, &response, exchange);
//! assert!(matches!(update, Update::Keep(stored) if stored.freshness.is_fresh(now)));
//! # Ok(())
//! # }
//! ```
//!
//! # Errors and limits
//!
//! What cannot be read has the meaning that serves less from the store: a number
//! or a date is one that makes the response stale, a list of fields means all of
//! them, a directive stands although its argument is garbage. Numbers of seconds
//! end at 2³¹ ([`Seconds::MAX`]). No more than 32 ranges are served at once. All
//! else is as long as the header fields that it comes from, whose length servers
//! limit.

mod age;
mod answer;
mod cache_status;
mod conditional;
mod date;
mod decision;
mod directives;
mod fields;
mod freshness;
mod groups;
mod invalidation;
mod lifetime;
mod metadata;
mod no_vary_search;
mod range;
mod request;
mod response;
mod settings;
mod storable;
mod syntax;
mod targeted;
mod time;
mod update;
mod vary;

pub(crate) use self::request::Initials;
pub use self::{
    answer::{Answer, Payload, answer},
    cache_status::{CacheStatus, ForwardReason},
    conditional::Precondition,
    date::{format_date, parse_date},
    decision::Decision,
    directives::{RequestDirectives, ResponseDirectives},
    freshness::{Freshness, Revalidation},
    groups::CacheGroups,
    metadata::Metadata,
    no_vary_search::NoVarySearch,
    range::{ByteRange, Multipart, RangeSet},
    request::{Disposition, RequestTerms},
    settings::Policy,
    storable::{Exchange, NotStorable},
    time::{Seconds, Timestamp},
    update::Update,
    vary::{VariantKey, Vary},
};
