//! (16): Redis is killed, frozen, restarted and cut off, and each request is
//! answered.

mod support;

use buttress_cache::{Purge, Scope, Store};
use buttress_testing::Redis;
use std::time::Duration;
use support::{Origin, Process, elsewhere, entry, find, is_in_redis, key, open, put, until};

const DURABLE: [&str; 4] = ["--appendonly", "yes", "--appendfsync", "always"];

/// Gets distinct paths, so that each request has to ask Redis.
async fn all_are_answered(process: &Process, origin: &Origin, round: &str) {
    for number in 0..12 {
        let calls = origin.calls();
        let got = process.body(&format!("/{round}/{number}")).await;
        assert_eq!(got, calls.to_string());
    }
}

#[tokio::test]
async fn with_a_killed_redis_each_request_is_answered_and_later_it_is_used_again() {
    let mut redis = Redis::start();
    let origin = Origin::default();
    let process = Process::start(&redis, &origin).await;
    process.get("/before").await;
    redis.kill();
    all_are_answered(&process, &origin, "down").await;
    until(async || !process.is_connected()).await;
    all_are_answered(&process, &origin, "known-to-be-down").await;
    redis.restart();
    until(async || process.is_connected()).await;
    process.get("/after").await;
    is_in_redis(&redis, "/after").await;
}

#[tokio::test]
async fn with_a_frozen_redis_each_request_is_answered_and_later_it_is_used_again() {
    let redis = Redis::start();
    let origin = Origin::default();
    let process = Process::start(&redis, &origin).await;
    redis.freeze();
    all_are_answered(&process, &origin, "frozen").await;
    // Five requests have waited; nobody does any more.
    assert!(!process.is_connected());
    all_are_answered(&process, &origin, "known-to-be-frozen").await;
    redis.thaw();
    until(async || process.is_connected()).await;
    process.get("/after").await;
    is_in_redis(&redis, "/after").await;
}

/// Without a request that would notice it.
#[tokio::test]
async fn an_idle_connection_that_is_frozen_is_noticed() {
    let redis = Redis::start();
    let process = Process::start(&redis, &Origin::default()).await;
    redis.freeze();
    until(async || !process.is_connected()).await;
    redis.thaw();
    until(async || process.is_connected()).await;
}

#[tokio::test]
async fn a_process_can_start_while_redis_is_down_or_frozen() {
    let mut redis = Redis::start();
    for is_frozen in [false, true] {
        match is_frozen {
            true => redis.freeze(),
            false => redis.kill(),
        }
        let origin = Origin::default();
        let process = Process::over(open(&redis), &origin);
        all_are_answered(&process, &origin, "start").await;
        match is_frozen {
            true => redis.thaw(),
            false => redis.restart(),
        }
        until(async || process.is_connected()).await;
        process.get("/after").await;
        is_in_redis(&redis, "/after").await;
    }
}

/// Nobody knows which purges it has forgotten.
#[tokio::test]
async fn when_redis_comes_back_empty_the_first_tiers_begin_anew() {
    let mut redis = Redis::start();
    let origin = Origin::default();
    let process = Process::start(&redis, &origin).await;
    assert_eq!(process.body("/a").await, "0");
    assert_eq!(process.body("/a").await, "0");
    redis.restart();
    until(async || process.body("/a").await != "0").await;
    until(async || process.is_connected()).await;
    process.get("/after").await;
    is_in_redis(&redis, "/after").await;
}

#[tokio::test]
async fn when_redis_comes_back_as_it_was_the_first_tiers_go_on() {
    let mut redis = Redis::start_with(&DURABLE);
    let origin = Origin::default();
    let process = Process::start(&redis, &origin).await;
    assert_eq!(process.body("/a").await, "0");
    is_in_redis(&redis, "/a").await;
    redis.kill();
    until(async || !process.is_connected()).await;
    redis.restart();
    until(async || process.is_connected()).await;
    assert_eq!(process.body("/a").await, "0");
    let new = Process::start(&redis, &origin).await;
    assert_eq!(new.body("/a").await, "0");
}

#[tokio::test]
async fn a_process_that_was_cut_off_hears_of_the_purges_that_it_has_missed_and_keeps_the_rest() {
    let redis = Redis::start();
    let origin = Origin::default();
    let process = Process::start(&redis, &origin).await;
    for (path, body) in [("/kept", "0"), ("/key", "1"), ("/tree/1", "2")] {
        assert_eq!(process.body(path).await, body);
    }
    // This test has one thread: the process sees nothing of it.
    let _ = redis.command(&["CLIENT", "KILL", "TYPE", "pubsub"]);
    elsewhere(async || {
        let other = open(&redis);
        for scope in [
            Scope::Key(key("/key")),
            Scope::Prefix("http://example.com/tree".into()),
        ] {
            other.purge(&Purge::hard(scope)).await.unwrap();
        }
    });
    until(async || process.body("/key").await != "1").await;
    until(async || process.body("/tree/1").await != "2").await;
    assert_eq!(process.body("/kept").await, "0");
}

#[tokio::test]
async fn a_process_that_has_missed_more_purges_than_redis_remembers_begins_anew() {
    let redis = Redis::start();
    let process = Process::start(&redis, &Origin::default()).await;
    assert_eq!(process.body("/a").await, "0");
    let _ = redis.command(&["CLIENT", "KILL", "TYPE", "pubsub"]);
    elsewhere(async || {
        let other = open(&redis);
        for number in 0..1100 {
            let scope = Scope::Tag(number.to_string().into());
            other.purge(&Purge::hard(scope)).await.unwrap();
        }
    });
    until(async || process.body("/a").await != "0").await;
}

#[tokio::test]
async fn a_purge_during_an_outage_is_an_error_holds_here_and_is_made_when_redis_is_back() {
    let mut redis = Redis::start_with(&DURABLE);
    let origin = Origin::default();
    let process = Process::start(&redis, &origin).await;
    assert_eq!(process.body("/a").await, "0");
    is_in_redis(&redis, "/a").await;
    redis.kill();
    assert!(process.cache.purge_tag("a tag").await.is_err());
    assert_eq!(process.body("/a").await, "1");
    redis.restart();
    until(async || process.is_connected()).await;
    let new = Process::start(&redis, &origin).await;
    assert_ne!(new.body("/a").await, "0");
}

/// It may or may not have been made, so Redis is not asked before it was.
#[tokio::test]
async fn what_a_frozen_redis_was_told_to_purge_is_never_given_by_it() {
    let redis = Redis::start();
    let store = open(&redis).write_deadline(Duration::from_millis(50));
    assert!(store.connect().await);
    let (key, entry) = (key("/a"), entry("old"));
    put(&store, &key, &entry).await;
    redis.freeze();
    let purge = Purge::hard(Scope::Key(key.clone()));
    assert!(store.purge(&purge).await.is_err());
    redis.thaw();
    until(async || {
        assert!(find(&store, &key).await.is_none());
        store.is_connected()
    })
    .await;
    assert!(find(&store, &key).await.is_none());
}

/// Others may purge what nobody can tell this process.
#[tokio::test]
async fn without_redis_what_is_in_memory_is_validated_again_and_again() {
    let mut redis = Redis::start();
    let origin = Origin::default();
    let store = open(&redis).distrust_after(Duration::from_millis(50));
    let process = Process::over(store, &origin);
    assert_eq!(process.body("/a").await, "0");
    redis.kill();
    until(async || process.body("/a").await == "2").await;
}

#[tokio::test]
async fn without_redis_what_is_in_memory_goes_on_for_a_while() {
    let mut redis = Redis::start();
    let origin = Origin::default();
    let store = open(&redis).distrust_after(Duration::from_secs(3600));
    let process = Process::over(store, &origin);
    assert_eq!(process.body("/a").await, "0");
    redis.kill();
    until(async || !process.is_connected()).await;
    assert_eq!(process.body("/a").await, "0");
}

#[test]
fn without_a_runtime_nothing_is_found_and_nothing_panics() {
    let redis = Redis::start();
    let store = open(&redis);
    store.put(&key("/a"), entry("a"));
    let key = key("/a");
    let mut found = Box::pin(find(&store, &key));
    let mut purged = store.purge(&Purge::hard(Scope::All));
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(matches!(
        found.as_mut().poll(&mut cx),
        std::task::Poll::Ready(None)
    ));
    assert!(matches!(
        purged.as_mut().poll(&mut cx),
        std::task::Poll::Ready(Err(_))
    ));
}

/// Each `#[tokio::test]` is one; an app that is tested has one store.
#[test]
fn a_store_outlives_the_runtime_that_it_was_used_in() {
    let redis = Redis::start();
    let store = open(&redis);
    for round in ["first", "second"] {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(put(&store, &key("/a"), &entry(round)));
    }
}
