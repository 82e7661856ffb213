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
mod targeted;
mod time;
mod update;
mod vary;

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
