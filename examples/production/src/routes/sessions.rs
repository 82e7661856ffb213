//! A login, and keys that are set one by one: what an app does with sessions.

use super::Router;
use crate::extract::JsonBody;
use axum::Json;
use axum::extract::Query;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use buttress::error::Error;
use buttress::session::{Key, Session};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::time::Duration;

const LONGEST_NAME: usize = 200;

const USER: Key<String> = Key::new("user");
/// What `/set` sets, one by one.
const KEYS: [Key<u8>; 20] = [
    Key::new("k0"),
    Key::new("k1"),
    Key::new("k2"),
    Key::new("k3"),
    Key::new("k4"),
    Key::new("k5"),
    Key::new("k6"),
    Key::new("k7"),
    Key::new("k8"),
    Key::new("k9"),
    Key::new("k10"),
    Key::new("k11"),
    Key::new("k12"),
    Key::new("k13"),
    Key::new("k14"),
    Key::new("k15"),
    Key::new("k16"),
    Key::new("k17"),
    Key::new("k18"),
    Key::new("k19"),
];

pub(crate) fn router() -> Router {
    Router::new()
        .route("/login", post(login))
        .route("/me", get(me))
        .route("/set", post(set))
        .route("/dump", get(dump))
        .route("/logout", post(logout))
        // As `/plain`, for those who have a session: a request that leaves it alone
        // does not pay for it, and works while the store is down.
        .route("/splain", get(async || "Hello, World!"))
}

#[derive(Deserialize)]
struct Login {
    user: String,
}

/// Always a new id, with nothing of before: whoever planted an id in this
/// browser does not share the session after the login (session fixation).
async fn login(session: Session, body: JsonBody<Login>) -> Result<impl IntoResponse, Error> {
    let Login { user } = body.value;
    if user.is_empty() || user.len() > LONGEST_NAME {
        return Err(Error::bad_request("user is empty or too long"));
    }
    session.clear()?;
    session.rotate()?;
    session.set(USER, &user)?;
    session.bind_owner(user)?;
    describe(&session).await
}

async fn me(session: Session) -> Result<impl IntoResponse, Error> {
    describe(&session).await
}

#[derive(Deserialize)]
struct Set {
    k: String,
}

/// Reads, waits, writes. With a store that saves whole sessions, twenty of
/// these at once lose most of what they write.
async fn set(session: Session, Query(Set { k }): Query<Set>) -> Result<impl IntoResponse, Error> {
    let key = key(&k).ok_or_else(|| Error::bad_request("k is none of k0 to k19"))?;
    let user = session.get(USER).await?;
    tokio::time::sleep(Duration::from_millis(10)).await;
    session.set(key, &1)?;
    Ok(private(json!({ "user": user, "set": key.name() })))
}

/// Takes `k3` and, since it cannot mean anything else, `3`.
fn key(text: &str) -> Option<Key<u8>> {
    let number: usize = text.strip_prefix('k').unwrap_or(text).parse().ok()?;
    KEYS.get(number).copied()
}

async fn dump(session: Session) -> Result<impl IntoResponse, Error> {
    let mut keys = Map::new();
    for key in KEYS {
        if let Some(value) = session.get(key).await? {
            keys.insert(key.name().to_owned(), value.into());
        }
    }
    Ok(private(keys.into()))
}

async fn logout(session: Session) -> Result<impl IntoResponse, Error> {
    session.destroy().await?;
    Ok(private(json!({ "user": null })))
}

/// Whose session it is and how much is in it, after one trip to the store.
async fn describe(session: &Session) -> Result<impl IntoResponse + use<>, Error> {
    let mut count = 0;
    for key in KEYS {
        count += usize::from(session.get(key).await?.is_some());
    }
    let user = session.get(USER).await?;
    Ok(private(json!({ "user": user, "n": count })))
}

/// One visitor's answer, which no cache may keep.
fn private(answer: Value) -> impl IntoResponse + use<> {
    ([(header::CACHE_CONTROL, "no-store")], Json(answer))
}
