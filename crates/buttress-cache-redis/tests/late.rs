//! (15): a purge is not undone by what was under way, in whichever process.

mod support;

use buttress_cache::{
    CacheLayer, Entry, Key, MemoryStore, Purge, Scope, Store, Tiered, policy::Seconds,
};
use buttress_cache_redis::RedisStore;
use buttress_testing::Redis;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};
use support::{elsewhere, entry, entry_of, find, key, open, put, until};
use tokio::sync::Semaphore;
use tower::{Layer, ServiceExt, service_fn};

/// The origin is asked by one process, another one purges, and only then the origin
/// answers.
#[tokio::test]
async fn a_purge_in_another_process_is_not_undone_by_a_fill_that_began_before_it() {
    let redis = Redis::start();
    let (may_answer, calls) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
    let (store, other) = (open(&redis), open(&redis));
    assert!(store.connect().await && other.connect().await);
    let layer = CacheLayer::new(Tiered::new(MemoryStore::new(), store));
    let get = || {
        let (may_answer, calls) = (may_answer.clone(), calls.clone());
        let origin = service_fn(move |_: Request<Full<Bytes>>| {
            let (may_answer, calls) = (may_answer.clone(), calls.clone());
            async move {
                let number = calls.fetch_add(1, SeqCst).to_string();
                let _ = may_answer.acquire().await;
                let response = Response::builder().header("cache-control", "max-age=60");
                Ok::<_, Infallible>(response.body(Full::<Bytes>::from(number)).unwrap())
            }
        });
        let request = Request::get("http://example.com/a");
        let request = request.body(Full::default()).unwrap();
        let answer = layer.layer(origin).oneshot(request);
        async move {
            let Ok(response) = answer.await;
            response.into_body().collect().await.unwrap().to_bytes()
        }
    };
    let filling = tokio::spawn(get());
    until(async || calls.load(SeqCst) == 1).await;
    let purge = Purge::hard(Scope::Prefix("http://example.com/".into()));
    other.purge(&purge).await.unwrap();
    may_answer.add_permits(1);
    assert_eq!(filling.await.unwrap(), "0");
    assert!(find(&other, &key("/a")).await.is_none());
    // In its own memory it is until this process hears of the purge.
    until(async || get().await == "1").await;
    until(async || found(&other, "/a", &entry("1")).await).await;
    assert_eq!(get().await, "1");
}

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
