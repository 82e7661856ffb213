//! A bridge between [buttress-session](buttress_session) and tower-sessions, both
//! ways, for versions 0.14 and 0.15 of its core.
//!
//! [`TowerStore`] is any store of tower-sessions under buttress-session's layer: for
//! an app that changes its layer and keeps its store. [`ForTower`] is any store of
//! buttress-session under tower-sessions' layer: for code that is written for
//! tower-sessions, as axum-login is.
//!
//! # Example
//!
#![cfg_attr(feature = "core-0-15", doc = "```")]
#![cfg_attr(not(feature = "core-0-15"), doc = "```ignore")]
//! use buttress_session::{MemoryStore, SessionLayer};
//! use buttress_session_compat::{ForTower, v0_15};
//!
//! // Their store, our layer:
//! let store = v0_15::store(tower_sessions::MemoryStore::default());
//! let layer: SessionLayer = SessionLayer::new(store);
//!
//! // Our store, their layer:
//! let layer = tower_sessions::SessionManagerLayer::new(ForTower::new(MemoryStore::new()));
//! ```
//!
//! # Customizing
//!
//! An app of tower-sessions and one of buttress-session share logins on one store,
//! while one replaces the other:
//!
#![cfg_attr(feature = "core-0-15", doc = "```")]
#![cfg_attr(not(feature = "core-0-15"), doc = "```ignore")]
//! use buttress_session::{Cookie, SessionLayer};
//! use buttress_session_compat::{TowerIds, v0_15};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = v0_15::store(tower_sessions::MemoryStore::default()).shared();
//! let layer: SessionLayer = SessionLayer::new(store)
//!     .id_format(TowerIds::new())
//!     .cookie(Cookie::named("id").build()?);
//! # Ok(())
//! # }
//! ```
//!
//! # Errors and limits
//!
//! What a store of tower-sessions cannot promise stands at [`TowerStore`], and in its
//! `capabilities`. Its errors of decoding are `Corrupt`, those of its backend
//! `Unavailable`, since it does not say what they are. Two names of entries are taken:
//! `_buttress` and `_tower_sessions`. Neither bridge bounds the size of a session; the
//! store behind it may.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(any(feature = "core-0-14", feature = "core-0-15")),
    allow(dead_code)
)]

mod for_tower;
mod ids;
mod record;
mod theirs;
mod tower_store;
mod versions;

pub use for_tower::ForTower;
pub use ids::TowerIds;
pub use tower_store::TowerStore;
#[cfg(feature = "core-0-14")]
pub use versions::v0_14;
#[cfg(feature = "core-0-15")]
pub use versions::v0_15;

#[cfg(all(doctest, feature = "core-0-15"))]
#[doc = include_str!("../README.md")]
struct Readme;
