//! A JSON body, compressed or not.

use super::Router;
use crate::extract::JsonBody;
use axum::Json;
use axum::routing::post;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

pub(crate) fn router() -> Router {
    Router::new().route("/echo", post(echo))
}

/// Answers how long the body was once decompressed. It is parsed, so that a
/// malformed one shows what the app makes of it, and not kept.
async fn echo(body: JsonBody<IgnoredAny>) -> Json<Value> {
    Json(json!({ "len": body.len }))
}
