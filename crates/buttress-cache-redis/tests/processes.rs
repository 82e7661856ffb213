//! (21): what one process does to the cache is seen by the others.

mod support;

use buttress_cache::{CacheLayer, StoreResult};
use buttress_testing::{ManualClock, Redis};
use std::time::Duration;
use support::{Origin, Process, is_in_redis, open, until};

/// Two processes, of which both have a response in memory.
async fn pair(redis: &Redis, path: &str) -> (Origin, Process, Process) {
    let origin = Origin::default();
    let (one, other) = (
        Process::start(redis, &origin).await,
        Process::start(redis, &origin).await,
    );
    assert_eq!(one.body(path).await, "0");
    is_in_redis(redis, path).await;
    for _ in 0..2 {
        let got = other.get(path).await;
        assert!(got.is_hit());
        assert_eq!(got.body, "0");
    }
    assert_eq!(origin.calls(), 1);
    (origin, one, other)
}

async fn is_seen(purge: impl AsyncFn(&Process) -> StoreResult) {
    let redis = Redis::start();
    let (_, one, other) = pair(&redis, "/a/b").await;
    purge(&one).await.unwrap();
    until(async || other.body("/a/b").await != "0").await;
    assert_ne!(one.body("/a/b").await, "0");
}

#[tokio::test]
async fn what_one_process_has_stored_answers_in_another() {
    let redis = Redis::start();
    pair(&redis, "/a").await;
}

#[tokio::test]
async fn a_purge_of_a_uri_is_seen_by_the_other_process() {
    is_seen(async |one| {
        let uri = "http://example.com/a/b".parse().unwrap();
        one.cache.purge(&uri).await
    })
    .await;
}

#[tokio::test]
async fn a_purge_of_a_prefix_is_seen_by_the_other_process() {
    is_seen(async |one| one.cache.purge_prefix("http://example.com/a/").await).await;
}

#[tokio::test]
async fn a_purge_of_a_tag_is_seen_by_the_other_process() {
    is_seen(async |one| one.cache.purge_tag("a tag").await).await;
}

#[tokio::test]
async fn a_purge_of_all_is_seen_by_the_other_process() {
    is_seen(async |one| one.cache.purge_all().await).await;
}

#[tokio::test]
async fn a_soft_purge_is_seen_by_the_other_process() {
    for scope in ["uri", "prefix", "tag"] {
        is_seen(async |one| match scope {
            "uri" => {
                let uri = "http://example.com/a/b".parse().unwrap();
                one.cache.soft_purge(&uri).await
            }
            "prefix" => one.cache.soft_purge_prefix("http://example.com/a").await,
            _ => one.cache.soft_purge_tag("a tag").await,
        })
        .await;
    }
}

/// Nobody tells a process that starts later.
#[tokio::test]
async fn a_purge_holds_for_a_process_that_starts_after_it() {
    let redis = Redis::start();
    let (origin, one, _) = pair(&redis, "/a/b").await;
    one.cache.purge_tag("a tag").await.unwrap();
    let new = Process::start(&redis, &origin).await;
    assert_ne!(new.body("/a/b").await, "0");
}

#[tokio::test]
async fn a_purge_leaves_the_rest_in_the_other_process() {
    let redis = Redis::start();
    let (origin, one, other) = pair(&redis, "/a").await;
    assert_eq!(other.body("/b").await, "1");
    one.cache
        .purge_prefix("http://example.com/b")
        .await
        .unwrap();
    until(async || other.body("/b").await != "1").await;
    let calls = origin.calls();
    assert!(other.get("/a").await.is_hit());
    assert_eq!(origin.calls(), calls);
}

/// Caches with names of their own have nothing in common.
#[tokio::test]
async fn another_name_is_another_cache() {
    let redis = Redis::start();
    let (origin, one, other) = pair(&redis, "/a").await;
    let stranger = Process::over(open(&redis).name("other"), &origin);
    assert!(stranger.store.second().connect().await);
    assert_eq!(stranger.body("/a").await, "1");
    stranger.cache.purge_all().await.unwrap();
    for process in [one, other] {
        assert_eq!(process.body("/a").await, "0");
    }
}

/// Absolute times: what goes from tier to tier and from process to process gets
/// no younger.
#[tokio::test]
async fn its_age_goes_on_in_another_process_and_its_freshness_does_not_begin_again() {
    let redis = Redis::start();
    let (origin, clock) = (Origin::default(), ManualClock::new());
    let start = async || {
        let clock = clock.clone();
        let told = move |layer: CacheLayer| layer.clock(move || clock.system_time());
        let process = Process::with(open(&redis), &origin, told);
        assert!(process.store.second().connect().await);
        process
    };
    let first = start().await;
    first.get("/for/60").await;
    is_in_redis(&redis, "/for/60").await;
    clock.advance(Duration::from_secs(50));
    let second = start().await;
    let got = second.get("/for/60").await;
    assert!(got.is_hit());
    assert_eq!(got.header("age"), Some("50"));
    clock.advance(Duration::from_secs(20));
    // It is stale wherever it is asked for: in the second's memory, and in Redis.
    assert_eq!(second.get("/for/60").await.body, "1");
    assert_eq!(origin.calls(), 2);
    is_in_redis(&redis, "/for/60").await;
    clock.advance(Duration::from_secs(61));
    let third = start().await;
    let got = third.get("/for/60").await;
    assert!(!got.is_hit());
    assert_eq!(got.body, "2");
}
