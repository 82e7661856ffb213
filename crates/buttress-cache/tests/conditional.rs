//! 304: from the store to a client that asks for it, and from the origin to the
//! cache alone.

mod support;

use http::StatusCode;
use std::time::Duration;
use support::{Asked, End, Reply, Setup, get, reply};

const SHORT: Duration = Duration::from_secs(61);

/// Answers 304 to its validator.
fn validating() -> impl Fn(Asked) -> Reply + Clone + Send + 'static {
    |asked| {
        let is_known = asked.headers().get("if-none-match");
        let is_known = is_known.is_some_and(|value| value == "\"1\"");
        let fields = [("cache-control", "max-age=60"), ("etag", "\"1\"")];
        if !is_known {
            return reply(fields, "the body");
        }
        let mut response = reply(fields, "");
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    }
}

#[tokio::test]
async fn a_client_that_has_it_gets_304_from_the_store() {
    let app = Setup::new().around(validating());
    app.get("/").await;
    for condition in ["\"1\"", "W/\"1\"", "\"0\", \"1\"", "*"] {
        let got = app
            .send(get("/").header("if-none-match", condition).end())
            .await;
        assert_eq!(got.status, 304, "{condition}");
        assert_eq!((got.header("etag"), &*got.body), (Some("\"1\""), &b""[..]));
    }
    let other = get("/").header("if-none-match", "\"2\"").end();
    let got = app.send(other).await;
    assert_eq!((got.status.as_u16(), &*got.body), (200, &b"the body"[..]));
    assert_eq!(app.calls.count(), 1);
}

#[tokio::test]
async fn a_304_from_the_origin_never_reaches_an_unconditional_client() {
    let app = Setup::new().around(validating());
    app.get("/").await;
    app.clock.advance(SHORT);
    let got = app.get("/").await;
    assert_eq!((got.status.as_u16(), &*got.body), (200, &b"the body"[..]));
    assert!(
        got.status_field().contains("fwd-status=304"),
        "{}",
        got.status_field()
    );
    assert!(
        app.get("/").await.is_hit(),
        "what was validated is fresh again"
    );
    assert_eq!((app.calls.count(), app.cache.stats().revalidated), (2, 1));
}

#[tokio::test]
async fn a_304_updates_the_fields() {
    let setup = Setup::new();
    let app = setup.around(|asked| {
        let is_first = !asked.headers().contains_key("if-none-match");
        let fields = [("cache-control", "max-age=60"), ("etag", "\"1\"")];
        let mut response = reply(fields, if is_first { "the body" } else { "" });
        let value = if is_first { "old" } else { "new" };
        response
            .headers_mut()
            .insert("x-field", value.parse().unwrap());
        if !is_first {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        response
    });
    assert_eq!(app.get("/").await.header("x-field"), Some("old"));
    app.clock.advance(SHORT);
    assert_eq!(app.get("/").await.header("x-field"), Some("new"));
    let hit = app.get("/").await;
    assert!(hit.is_hit());
    assert_eq!(
        (hit.header("x-field"), &*hit.body),
        (Some("new"), &b"the body"[..])
    );
    assert_eq!(hit.header("content-length"), Some("8"));
}

#[tokio::test]
async fn a_stale_response_is_validated_by_its_own_validator_not_the_clients() {
    let app = Setup::new().around(validating());
    app.get("/").await;
    app.clock.advance(SHORT);
    // The origin would send all of it to who asks with this one.
    let got = app
        .send(get("/").header("if-none-match", "\"other\"").end())
        .await;
    assert_eq!((got.status.as_u16(), &*got.body), (200, &b"the body"[..]));
    assert!(
        got.status_field().contains("fwd-status=304"),
        "{}",
        got.status_field()
    );
    app.clock.advance(SHORT);
    let got = app
        .send(get("/").header("if-none-match", "\"1\"").end())
        .await;
    assert_eq!(got.status, 304);
}

#[tokio::test]
async fn a_condition_for_which_nothing_is_stored_goes_to_the_origin() {
    let app = Setup::new().around(validating());
    let asked = || get("/").header("if-none-match", "\"1\"").end();
    assert_eq!(app.send(asked()).await.status, 304);
    let got = app.get("/").await;
    assert_eq!((got.status.as_u16(), &*got.body), (200, &b"the body"[..]));
}

#[tokio::test]
async fn last_modified_validates_as_well() {
    let app = Setup::new().around(|asked| {
        let date = "Wed, 31 Dec 2025 00:00:00 GMT";
        let fields = [("cache-control", "max-age=60"), ("last-modified", date)];
        let mut response = reply(fields, "the body");
        if asked
            .headers()
            .get("if-modified-since")
            .is_some_and(|since| since == date)
        {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            *response.body_mut() = buttress_testing::ScriptedBody::new();
        }
        response
    });
    app.get("/").await;
    app.clock.advance(SHORT);
    assert_eq!(app.get("/").await.body, "the body");
    let since = "Thu, 01 Jan 2026 00:00:00 GMT";
    let got = app
        .send(get("/").header("if-modified-since", since).end())
        .await;
    assert_eq!((got.status.as_u16(), got.is_hit()), (304, true));
    assert_eq!(app.cache.stats().revalidated, 1);
}

#[tokio::test]
async fn no_cache_is_stored_and_validated_each_time() {
    let app = Setup::new().around(|asked| {
        let fields = [("cache-control", "no-cache"), ("etag", "\"1\"")];
        let mut response = reply(fields, "the body");
        if asked.headers().contains_key("if-none-match") {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            *response.body_mut() = buttress_testing::ScriptedBody::new();
        }
        response
    });
    for _ in 0..3 {
        assert_eq!(app.get("/").await.body, "the body");
    }
    assert_eq!((app.calls.count(), app.cache.stats().revalidated), (3, 2));
}
