//! One file for each idea. Each has a `router()` that names its routes.

pub(crate) mod assets;
pub(crate) mod bodies;
pub(crate) mod cached;
pub(crate) mod echo;
pub(crate) mod events;
pub(crate) mod faults;
pub(crate) mod health;
pub(crate) mod home;
pub(crate) mod pages;
pub(crate) mod sessions;
pub(crate) mod streams;
pub(crate) mod waits;

use crate::state::App;
use std::sync::Arc;

/// The app's routes before they are given their state.
pub(crate) type Router = axum::Router<Arc<App>>;
