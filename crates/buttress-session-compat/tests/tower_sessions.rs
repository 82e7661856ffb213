//! Code written for tower-sessions on our stores, and sessions that both share.
#![cfg(feature = "core-0-15")]

use axum::{Router, body::Body, routing::get};
use buttress_session::{Cookie, Key, MemoryStore, SessionLayer, conformance::app::Browser};
use buttress_session_compat::{ForTower, TowerIds, v0_15};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use tower::ServiceExt;
use tower_sessions::{Session, SessionManagerLayer, SessionStore};

/// An app that knows nothing of us.
fn app<S: SessionStore + Clone>(store: S) -> Router {
    let count = async |session: Session| {
        let count = session.get::<u32>("count").await.unwrap().unwrap_or(0) + 1;
        session.insert("count", count).await.unwrap();
        count.to_string()
    };
    let login = async |session: Session| {
        session.cycle_id().await.unwrap();
        session.insert("user", "ada").await.unwrap();
    };
    let logout = async |session: Session| session.flush().await.unwrap();
    let layer = SessionManagerLayer::new(store).with_secure(false);
    Router::new()
        .route("/count", get(count))
        .route("/login", get(login))
        .route("/logout", get(logout))
        .layer(layer)
}

/// Sends a request with the cookie, keeps the one that comes, and answers the body.
async fn visit(app: &Router, cookie: &mut Option<String>, path: &str) -> String {
    let mut request = Request::get(path);
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, &*cookie);
    }
    let request = request.body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    if let Some(field) = response.headers().get(header::SET_COOKIE) {
        let field = field.to_str().unwrap();
        let pair = field.split(';').next().unwrap();
        *cookie = (!field.contains("Max-Age=0")).then(|| pair.to_owned());
    }
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test]
async fn an_app_of_tower_sessions_runs_on_our_store() {
    let store = MemoryStore::new();
    let app = app(ForTower::new(store.clone()));
    let mut cookie = None;
    assert_eq!(visit(&app, &mut cookie, "/count").await, "1");
    assert_eq!(visit(&app, &mut cookie, "/count").await, "2");
    let before = cookie.clone();
    visit(&app, &mut cookie, "/login").await;
    assert_ne!(cookie, before);
    assert_eq!(visit(&app, &mut cookie, "/count").await, "3");
    // The old id is worth nothing.
    let mut old = before;
    assert_eq!(visit(&app, &mut old, "/count").await, "1");
    assert_eq!(store.len(), 2);
    visit(&app, &mut cookie, "/logout").await;
    assert_eq!((cookie, store.len()), (None, 1));
}

/// The class of CVE-2025-46336, which their own stores have.
#[tokio::test]
async fn what_is_saved_after_a_logout_makes_no_session() {
    let ours = MemoryStore::new();
    let store = ForTower::new(ours.clone());
    let mut record = tower_sessions::session::Record {
        id: tower_sessions::session::Id::default(),
        data: [("user".to_owned(), "ada".into())].into(),
        expiry_date: tower_sessions::cookie::time::OffsetDateTime::now_utc()
            + tower_sessions::cookie::time::Duration::hours(1),
    };
    SessionStore::create(&store, &mut record).await.unwrap();
    let loaded = SessionStore::load(&store, &record.id).await.unwrap();
    assert_eq!(loaded.as_ref(), Some(&record));
    SessionStore::delete(&store, &record.id).await.unwrap();
    SessionStore::save(&store, &record).await.unwrap();
    assert_eq!(SessionStore::load(&store, &record.id).await.unwrap(), None);
    assert!(ours.is_empty());
}

#[tokio::test]
async fn an_id_in_use_is_not_taken_again() {
    let store = ForTower::new(MemoryStore::new());
    let first = &mut tower_sessions::session::Record {
        id: tower_sessions::session::Id(7),
        data: [].into(),
        expiry_date: tower_sessions::cookie::time::OffsetDateTime::now_utc()
            + tower_sessions::cookie::time::Duration::hours(1),
    };
    let second = &mut first.clone();
    SessionStore::create(&store, first).await.unwrap();
    SessionStore::create(&store, second).await.unwrap();
    assert_eq!(first.id.0, 7);
    assert_ne!(second.id.0, 7);
}

const COUNT: Key<u32> = Key::new("count");

#[tokio::test]
async fn both_layers_share_a_session_on_their_store() {
    let theirs = tower_sessions::MemoryStore::default();
    let app = app(theirs.clone());
    let layer: SessionLayer = SessionLayer::new(v0_15::store(theirs).shared())
        .id_format(TowerIds::new())
        .cookie(Cookie::development("id").build().unwrap());
    let mut browser = Browser::new(layer);
    assert_eq!(visit(&app, &mut browser.cookie, "/count").await, "1");
    let reply = browser.send(async |session| {
        session
            .update(COUNT, |count| count.unwrap_or(0) + 1)
            .await
            .unwrap();
        StatusCode::OK
    });
    assert_eq!(reply.await.status, StatusCode::OK);
    assert_eq!(visit(&app, &mut browser.cookie, "/count").await, "3");
    // A login here, a logout there.
    let before = browser.cookie.clone();
    let reply = browser.send(async |session| {
        session.rotate().unwrap();
        StatusCode::OK
    });
    assert_eq!(reply.await.status, StatusCode::OK);
    assert_ne!(browser.cookie, before);
    assert_eq!(visit(&app, &mut browser.cookie, "/count").await, "4");
    let mut cookie = browser.cookie.clone();
    visit(&app, &mut cookie, "/logout").await;
    let reply = browser.send(async |session| {
        assert_eq!(session.get(COUNT).await.unwrap(), None);
        StatusCode::OK
    });
    assert_eq!(reply.await.status, StatusCode::OK);
}
