//! The cache in front of the slow route. All that it can do is tested in its own
//! crate.

use crate::app::{App, run};
use buttress_testing::{Redis, decode::decode};
use http::Method;
use std::time::Duration;

#[tokio::test]
async fn a_second_request_is_answered_from_the_cache_and_runs_no_handler() {
    let app = App::start_in_development().await;
    assert_eq!(app.get("/calls").await.text(), "0");
    let first = app.get("/cached/7").await;
    assert_eq!(first.header("cache-control"), Some("public, max-age=60"));
    assert_eq!(first.json()["id"], "7");
    let length = first.body.len();
    assert!((3800..4400).contains(&length), "{length}");
    assert!(
        first
            .header("cache-status")
            .unwrap()
            .contains("fwd=uri-miss")
    );
    let second = app.get("/cached/7").await;
    assert!(
        second
            .header("cache-status")
            .unwrap()
            .starts_with("buttress;hit")
    );
    assert!(second.header("age").is_some());
    assert_eq!(second.body, first.body);
    assert_ne!(app.get("/cached/8").await.body, first.body);
    assert_eq!(app.get("/calls").await.text(), "2");
    assert!(app.get("/cached/%ff").await.problem(400).is_some());
}

#[tokio::test]
async fn requests_at_the_same_time_run_one_handler() {
    let app = App::start().await;
    let requests = (0..20).map(|_| app.get("/cached/9"));
    for answer in futures_util::future::join_all(requests).await {
        assert_eq!(answer.json()["id"], "9");
    }
    assert_eq!(app.get("/calls").await.text(), "1");
}

#[tokio::test]
async fn each_coding_is_stored_as_it_was_compressed() {
    let app = App::start().await;
    let plain = app.get("/cached/7").await;
    for coding in ["zstd", "br", "gzip"] {
        let accept = [("Accept-Encoding", coding)];
        let first = app.request(Method::GET, "/cached/7", &accept, b"").await;
        let again = app.request(Method::GET, "/cached/7", &accept, b"").await;
        for answer in [&first, &again] {
            assert_eq!(answer.header("content-encoding"), Some(coding));
            assert!(decode(coding, &answer.body).unwrap() == plain.body);
        }
        assert!(first.body == again.body);
        assert_eq!(
            (first.header("age"), again.header("age")),
            (None, Some("0"))
        );
    }
    assert_eq!(app.get("/calls").await.text(), "4");
    let range = [("Range", "bytes=0-9")];
    let part = app.request(Method::GET, "/cached/7", &range, b"").await;
    assert_eq!(
        (part.head.status.as_u16(), &*part.body),
        (206, &plain.body[..10])
    );
}

#[tokio::test]
async fn production_does_not_tell_clients_what_others_have_asked_for() {
    let app = App::start().await;
    for _ in 0..2 {
        assert_eq!(app.get("/cached/7").await.header("cache-status"), None);
    }
}

#[tokio::test]
async fn the_cache_keeps_nothing_of_the_routes_that_say_nothing() {
    let app = App::start().await;
    let paths = [
        "/plain", "/json", "/page", "/me", "/calls", "/", "/boom", "/nowhere",
    ];
    for path in paths.into_iter().chain(paths) {
        let answer = app.get(path).await;
        assert_eq!(answer.header("age"), None, "{path}");
        let status = answer.header("cache-status").unwrap_or_default();
        assert!(
            !status.contains("hit") && !status.contains("stored"),
            "{path}: {status}"
        );
    }
}

/// A process whose cache is shared.
async fn start_on(redis: &Redis) -> App {
    let args = ["--listen", "127.0.0.1:0", "--cache", &redis.url()];
    App::start_with(&args, &[]).await
}

/// What is done in the background takes a moment.
pub(crate) async fn until(is_so: impl AsyncFn() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.expect("it never came");
}

#[tokio::test]
async fn two_processes_share_one_redis_and_what_one_forgets_both_do() {
    let redis = Redis::start();
    let (one, other) = (start_on(&redis).await, start_on(&redis).await);
    let first = one.get("/cached/7").await;
    let pattern = ["KEYS", "{production}:b:*/cached/7"];
    until(async || !redis.command(&pattern).array().is_empty()).await;
    assert_eq!(other.get("/cached/7").await.body, first.body);
    assert_eq!(other.get("/calls").await.text(), "0");
    let forgotten = other.request(Method::DELETE, "/cached/7", &[], b"").await;
    assert_eq!(forgotten.status(), 204);
    until(async || {
        one.get("/cached/7").await;
        one.get("/calls").await.text() == "2"
    })
    .await;
}

#[tokio::test]
async fn while_redis_is_down_the_slow_route_works() {
    let mut redis = Redis::start();
    let app = start_on(&redis).await;
    redis.kill();
    for (method, status) in [
        (Method::GET, 200),
        (Method::DELETE, 204),
        (Method::GET, 200),
    ] {
        let answer = app.request(method, "/cached/7", &[], b"").await;
        assert_eq!(answer.status(), status);
    }
}

#[tokio::test]
async fn a_store_of_another_kind_is_refused_at_the_start() {
    let ended = run(&["--cache", "sqlite:file"], &[]).await;
    assert_eq!(ended.status.code(), Some(78));
    assert!(ended.stderr.contains("APP_CACHE: "), "{}", ended.stderr);
}
