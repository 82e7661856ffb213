//! Sessions that are not lost, not resurrected and not stolen, on any store.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod body;
mod config;
#[cfg(feature = "conformance")]
pub mod conformance;
mod cookie;
mod error;
#[cfg(feature = "axum")]
mod extract;
mod future;
mod head;
mod id;
mod key;
mod keys;
mod layer;
mod service;
mod session;
mod store;
mod sweep;
mod within;

pub use body::ResponseBody;
pub use cookie::{Cookie, CookieBuilder, CookieError, SameSite};
pub use error::Error;
pub use future::ResponseFuture;
pub use id::Id;
pub use key::Key;
pub use keys::{Decoded, IdFormat, KeyRing, WeakSecret};
pub use layer::SessionLayer;
pub use service::SessionService;
pub use session::{Flash, Session};
pub use store::{
    BoxFuture, Capabilities, Commit, Committed, Created, DynSessionStore, Entries, MemoryStore,
    Name, Op, OwnedSession, OwnerChange, Rotated, SessionStore, Snapshot, StoreError,
    StoreErrorKind, StoreKey, Swept, Ttl,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
