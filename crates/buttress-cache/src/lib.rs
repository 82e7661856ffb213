//! A shared HTTP cache as a tower layer.
//!
//! [`policy`] has the rules of RFC 9111 and its kin as pure functions: what may
//! be stored, how long it is fresh, what answers a request. The layer and its
//! stores are built on it.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod after;
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
mod judge;
mod key;
mod keyer;
mod layer;
mod marks;
pub mod policy;
mod purge;
mod reader;
mod recording;
mod reporter;
mod rules;
mod sent;
mod serve;
mod service;
mod shared;
mod stats;
pub mod store;
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
