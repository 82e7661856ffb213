//! A login, and keys that are set one by one: what an app does with sessions.

use super::Router;
use crate::extract::JsonBody;
use crate::sessions::{Id, Session};
use crate::state::App;
use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use buttress_error::{Error, ResultExt};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;

const LONGEST_NAME: usize = 200;

pub(crate) fn router() -> Router {
    Router::new()
        .route("/login", post(login))
        .route("/me", get(me))
        .route("/set", post(set))
        .route("/dump", get(dump))
        .route("/logout", post(logout))
        // As `/plain`, and one day inside the session layer: it shows that a
        // request which leaves its session alone does not pay for it.
        .route("/splain", get(async || "Hello, World!"))
}

#[derive(Deserialize)]
struct Login {
    user: String,
}

/// Always a new id: whoever planted an id in this browser before the login
/// does not share the session after it (session fixation).
async fn login(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: JsonBody<Login>,
) -> Result<Response, Error> {
    let Login { user } = body.value;
    if user.is_empty() || user.len() > LONGEST_NAME {
        return Err(Error::bad_request("user is empty or too long"));
    }
    if let Some(old) = Id::of(&headers) {
        app.sessions.end(old);
    }
    let session = Session {
        user: Some(user),
        ..Session::default()
    };
    let answer = describe(&session);
    let id = app
        .sessions
        .create(session)
        .context("making a session id")?;
    Ok(([(header::SET_COOKIE, id.cookie())], private(answer)).into_response())
}

async fn me(State(app): State<Arc<App>>, headers: HeaderMap) -> impl IntoResponse {
    private(describe(&session(&app, &headers)))
}

#[derive(Deserialize)]
struct Set {
    k: String,
}

/// Reads, waits, writes. With a store that saves whole sessions, twenty of
/// these at once lose most of what they write.
async fn set(
    State(app): State<Arc<App>>,
    Query(Set { k }): Query<Set>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let key = key_number(&k).ok_or_else(|| Error::bad_request("k is none of k0 to k19"))?;
    let known = Id::of(&headers).filter(|&id| app.sessions.load(id).is_some());
    let user = session(&app, &headers).user;
    tokio::time::sleep(Duration::from_millis(10)).await;
    let answer = private(json!({ "user": user, "set": format!("k{key}") }));
    if let Some(id) = known {
        app.sessions.set(id, key);
        return Ok(answer.into_response());
    }
    let session = Session {
        keys: [key].into(),
        ..Session::default()
    };
    let id = app
        .sessions
        .create(session)
        .context("making a session id")?;
    Ok(([(header::SET_COOKIE, id.cookie())], answer).into_response())
}

/// Takes `k3` and, since it cannot mean anything else, `3`.
fn key_number(key: &str) -> Option<u8> {
    let number = key.strip_prefix('k').unwrap_or(key).parse().ok()?;
    (number < 20).then_some(number)
}

async fn dump(State(app): State<Arc<App>>, headers: HeaderMap) -> impl IntoResponse {
    let keys = session(&app, &headers).keys;
    let keys: Map<String, Value> = keys
        .into_iter()
        .map(|key| (format!("k{key}"), 1.into()))
        .collect();
    private(keys.into())
}

async fn logout(State(app): State<Arc<App>>, headers: HeaderMap) -> impl IntoResponse {
    if let Some(id) = Id::of(&headers) {
        app.sessions.end(id);
    }
    let answer = private(json!({ "user": null }));
    ([(header::SET_COOKIE, Id::removal_cookie())], answer)
}

/// The visitor's session, or an empty one.
fn session(app: &App, headers: &HeaderMap) -> Session {
    Id::of(headers)
        .and_then(|id| app.sessions.load(id))
        .unwrap_or_default()
}

fn describe(session: &Session) -> Value {
    json!({ "user": session.user, "n": session.keys.len() })
}

/// One visitor's answer, which no cache may give to another.
fn private(answer: Value) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], Json(answer))
}
