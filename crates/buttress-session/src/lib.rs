//! Sessions that are not lost, not resurrected and not stolen, on any store.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "conformance")]
pub mod conformance;
mod id;
mod store;

pub use id::Id;
pub use store::{
    BoxFuture, Capabilities, Commit, Committed, Created, DynSessionStore, Entries, MemoryStore,
    Name, Op, OwnedSession, OwnerChange, Rotated, SessionStore, Snapshot, StoreError,
    StoreErrorKind, StoreKey, Swept, Ttl,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
