//! The example's own handlers, so that the layers alone differ.

use crate::axum::App;
use serde::Serialize;
use std::sync::Arc;

#[path = "../../../../examples/production/src/routes/bodies.rs"]
mod bodies;

pub(crate) type Router = axum::Router<Arc<App>>;

/// `/plain` and `/json`.
pub(crate) fn router() -> Router {
    bodies::router()
}

#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Items(Vec<bodies::Item>);

impl Items {
    pub(crate) fn up_to(count: usize) -> Self {
        Self((1..=count).map(bodies::Item::numbered).collect())
    }
}
