//! (15): a purge is not undone by what was under way, in whichever process.

mod support;

use buttress_cache::{Entry, Key, Purge, Scope, Store, policy::Seconds};
use buttress_cache_redis::RedisStore;
use buttress_testing::Redis;
use std::sync::Arc;
use support::{elsewhere, entry, entry_of, find, key, open, put, until};

/// A store that has not heard of a purge puts what the purge is about, and is told
/// whether it was taken.
async fn put_after(redis: &Redis, scope: Scope, (key, entry): (&Key, &Arc<Entry>)) -> bool {
    let store = open(redis);
    assert!(store.connect().await);
    // So that its connection is known to work.
    put(&store, &support::key("/other"), &support::entry("other")).await;
    elsewhere(async || {
        let other = open(redis);
        other.purge(&Purge::hard(scope)).await.unwrap();
    });
    store.put(key, entry.clone());
    // Commands are done in their order: this one after the put.
    let marker = support::key("/marker");
    put(&store, &marker, &support::entry("marker")).await;
    find(&store, key).await.is_some()
}

#[tokio::test]
async fn what_a_purge_elsewhere_is_about_is_not_stored_after_it() {
    for scope in [
        Scope::Key(key("/a")),
        Scope::Prefix("http://example.com/".into()),
        Scope::Tag("red".into()),
        Scope::All,
    ] {
        let redis = Redis::start();
        let entry = entry_of("late".into(), &["green", "red"], Seconds::new(600));
        assert!(
            !put_after(&redis, scope.clone(), (&key("/a"), &entry)).await,
            "{scope:?} was undone"
        );
    }
}

#[tokio::test]
async fn what_a_purge_elsewhere_is_not_about_is_stored_after_it() {
    for scope in [
        Scope::Key(key("/b")),
        Scope::Prefix("http://example.com/b".into()),
        Scope::Tag("blue".into()),
    ] {
        let redis = Redis::start();
        let entry = entry_of("late".into(), &["green", "red"], Seconds::new(600));
        assert!(
            put_after(&redis, scope.clone(), (&key("/a"), &entry)).await,
            "{scope:?} was about it"
        );
    }
}

/// The put is on its way when its own process purges, and the purge overtakes it:
/// a large body takes its time.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_purge_here_is_not_undone_by_a_put_before_it() {
    let redis = Redis::start();
    let store = open(&redis);
    assert!(store.connect().await);
    let large = entry(&"x".repeat(1 << 20));
    for round in 0..30 {
        let key = key(&format!("/{round}"));
        store.put(&key, large.clone());
        let purge = Purge::hard(Scope::Key(key.clone()));
        store.purge(&purge).await.unwrap();
        put(&store, &support::key("/marker"), &entry(&round.to_string())).await;
        assert!(find(&store, &key).await.is_none());
    }
}

/// Whoever stores after it has heard of the purge may.
#[tokio::test]
async fn what_is_asked_for_after_a_purge_elsewhere_is_stored() {
    let redis = Redis::start();
    let (one, other) = (open(&redis), open(&redis));
    assert!(one.connect().await && other.connect().await);
    for round in 0..5 {
        let purge = Purge::hard(Scope::Key(key("/a")));
        other.purge(&purge).await.unwrap();
        let entry = entry(&round.to_string());
        put(&one, &key("/a"), &entry).await;
        until(async || found(&other, "/a", &entry).await).await;
    }
}

async fn found(store: &RedisStore, path: &str, entry: &Entry) -> bool {
    let found = find(store, &key(path)).await;
    found.is_some_and(|found| found.body() == entry.body())
}
