//! What breaks when two neighbours change places.

use crate::rig::{Text, answer, encoded, login, private, public};
use axum::{Router, routing::get};
use buttress::{
    cache::{CacheLayer, MemoryStore},
    compression::CompressionLayer,
    error::{CatchPanicLayer, ErrorLayer},
    log::{AccessLogLayer, Writer},
    session::{self, Cookie, SessionLayer},
};
use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

fn cache() -> CacheLayer {
    CacheLayer::new(MemoryStore::default())
}

fn sessions() -> SessionLayer {
    let cookie = Cookie::development("sid").build().unwrap();
    SessionLayer::new(session::MemoryStore::default()).cookie(cookie)
}

#[tokio::test]
async fn compression_outside_of_the_cache_compresses_each_hit() {
    let calls = Arc::new(AtomicUsize::new(0));
    let compression = CompressionLayer::new();
    let app = Router::new()
        .route("/public", public(&calls))
        .layer((compression.clone(), cache()));
    for _ in 0..3 {
        answer(&app, "/public", &[("accept-encoding", "gzip")]).await;
    }
    assert_eq!((calls.load(SeqCst), encoded(&compression)), (1, 3));
}

#[tokio::test]
async fn a_cache_inside_of_sessions_gives_one_users_answer_to_another() {
    let app = Router::new()
        .route("/private", get(private))
        .layer((sessions(), cache()))
        .merge(Router::new().route("/login", get(login)).layer(sessions()));
    let first = answer(&app, "/private", &[]).await;
    // What the session layer says of the answer comes too late for the cache: the next
    // visitor gets the first one's.
    let second = answer(&app, "/private", &[("cookie", "sid=other")]).await;
    assert!(
        second.headers().contains_key("age"),
        "{:?}",
        second.headers()
    );
    assert_eq!(first.body(), second.body());
}

#[tokio::test]
async fn a_log_inside_of_the_net_does_not_know_what_the_client_got() {
    let text = Text::default();
    let (writer, guard) = Writer::builder().to(text.clone()).unwrap();
    let boom = || async {
        if true {
            panic!("in the handler");
        }
        Ok::<_, Infallible>("")
    };
    let app = Router::new()
        .route("/boom", get(boom))
        .layer((CatchPanicLayer::new(), AccessLogLayer::new(writer)));
    assert_eq!(answer(&app, "/boom", &[]).await.status(), 500);
    let lines = text.lines(&guard);
    assert_eq!(lines[0]["status"], serde_json::Value::Null);
    assert_eq!(lines[0]["outcome"], "error");
}

/// An error page of some length.
#[tokio::test]
async fn errors_outside_of_compression_are_answered_at_full_length() {
    let compression = CompressionLayer::new();
    let fails = || async {
        let cause = std::io::Error::other("long ".repeat(1_000));
        Err::<(), _>(buttress::error::Error::from(cause))
    };
    let errors = || ErrorLayer::builder().verbose(true);
    let html = [("accept", "text/html"), ("accept-encoding", "gzip")];
    let right = Router::new()
        .route("/", get(fails))
        .layer((compression.clone(), errors()));
    let swapped = Router::new()
        .route("/", get(fails))
        .layer((errors(), compression));
    let (right, swapped) = (
        answer(&right, "/", &html).await,
        answer(&swapped, "/", &html).await,
    );
    assert_eq!(right.headers()["content-encoding"], "gzip");
    assert!(!swapped.headers().contains_key("content-encoding"));
    assert!(right.body().len() < swapped.body().len());
}
