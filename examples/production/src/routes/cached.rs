//! A slow origin with a public answer: what a cache is for.
//!
//! The cache stands around the whole app, and answers say with `Cache-Control` which
//! of them may be kept. It keeps them as they were compressed, once for each coding
//! that is asked for.

use super::Router;
use super::bodies::Item;
use crate::state::App;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

pub(crate) fn router() -> Router {
    Router::new()
        .route("/cached/{id}", get(cached).delete(changed))
        .route("/calls", get(calls))
}

#[derive(Serialize)]
struct Report {
    id: String,
    items: Vec<Item>,
}

async fn cached(State(app): State<Arc<App>>, Path(id): Path<String>) -> impl IntoResponse {
    app.cached_calls.fetch_add(1, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let items = (1..=40).map(Item::numbered).collect();
    let headers = [(header::CACHE_CONTROL, "public, max-age=60")];
    (headers, Json(Report { id, items }))
}

/// Changes the resource, as far as a cache can tell: one that sees this forgets
/// what it has of it, and so do all processes that share its Redis.
async fn changed(Path(_): Path<String>) -> StatusCode {
    StatusCode::NO_CONTENT
}

/// How often the handler of GET above ran, as a bare number.
async fn calls(State(app): State<Arc<App>>) -> String {
    app.cached_calls.load(Ordering::Relaxed).to_string()
}
