//! What a validation writes: the head alone, as long as Redis has the body.

mod support;

use buttress_cache::{Entry, Store, policy::Seconds};
use buttress_cache_redis::RedisStore;
use buttress_testing::Redis;
use http::HeaderValue;
use std::sync::Arc;
use support::{entry, entry_of, find, key, open, put, until};

const BODY: &str = "{cache}:b:http://example.com/a";

async fn store(redis: &Redis) -> RedisStore {
    let store = open(redis);
    assert!(store.connect().await);
    store
}

/// The same body under a newer head, which is fresh for so many seconds.
fn newer(entry: &Entry, lifetime: u64) -> Arc<Entry> {
    let headers = &entry.head().metadata().headers;
    let lifetime = Seconds::new(lifetime);
    let like = entry_of(entry.body().clone(), &[], lifetime);
    let mut metadata = like.head().metadata().clone();
    metadata.headers = headers.clone();
    metadata
        .headers
        .insert("x-newer", HeaderValue::from_static("yes"));
    let head = entry.head();
    let (vary, variant) = (head.vary().clone(), head.variant().clone());
    let head = buttress_cache::Head::new(metadata, vary, variant, head.asked());
    Arc::new(entry.with_head(head))
}

/// Waits until the newer head is found, and gives it with its body.
async fn found_newer(store: &RedisStore) -> Arc<Entry> {
    let find = async || {
        let found = find(store, &key("/a")).await?;
        let headers = &found.head().metadata().headers;
        headers.contains_key("x-newer").then_some(found)
    };
    until(async || find().await.is_some()).await;
    find().await.unwrap()
}

fn bytes_received(redis: &Redis) -> u64 {
    let stats = redis.command(&["INFO", "stats"]).text();
    let line = stats
        .lines()
        .find_map(|line| line.strip_prefix("total_net_input_bytes:"));
    line.unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_newer_head_is_written_alone_and_both_live_longer() {
    let redis = Redis::start();
    let store = store(&redis).await;
    let large = entry(&"x".repeat(1 << 20));
    put(&store, &key("/a"), &large).await;
    let before = bytes_received(&redis);
    store.freshen(&key("/a"), newer(&large, 6000));
    let found = found_newer(&store).await;
    assert_eq!(found.body(), large.body());
    let received = bytes_received(&redis) - before;
    assert!(received < 100_000, "{received} bytes were written");
    for name in [BODY, "{cache}:h:http://example.com/a"] {
        let left = redis.command(&["PTTL", name]).int();
        assert!(left > 700_000, "{name} has {left} ms");
    }
}

/// What came from Redis is known there, too: by a process that never put it.
#[tokio::test]
async fn another_process_writes_the_head_alone_as_well() {
    let redis = Redis::start();
    let (one, other) = (store(&redis).await, store(&redis).await);
    put(&one, &key("/a"), &entry(&"x".repeat(1 << 20))).await;
    let found = find(&other, &key("/a")).await.unwrap();
    let before = bytes_received(&redis);
    other.freshen(&key("/a"), newer(&found, 6000));
    assert_eq!(found_newer(&one).await.body(), found.body());
    let received = bytes_received(&redis) - before;
    assert!(received < 100_000, "{received} bytes were written");
}

#[tokio::test]
async fn where_the_body_is_gone_or_another_one_all_is_written() {
    let changes: [&[&str]; 5] = [
        &["DEL", BODY],
        &["SET", BODY, "garbage"],
        &["FLUSHALL"],
        &["HSET", BODY, FIELD, "shorter"],
        &["HDEL", BODY, FIELD],
    ];
    for change in changes {
        let redis = Redis::start();
        let store = store(&redis).await;
        let entry = entry("the whole body");
        put(&store, &key("/a"), &entry).await;
        let _ = redis.command(change);
        if change[0] == "FLUSHALL" {
            // All that was known before is void, so that it takes nothing at first.
            put(&store, &key("/other"), &entry).await;
        }
        until(async || {
            store.freshen(&key("/a"), newer(&entry, 600));
            let found = find(&store, &key("/a")).await;
            found.is_some_and(|found| {
                let headers = &found.head().metadata().headers;
                assert_eq!(found.body(), entry.body(), "{change:?}");
                headers.contains_key("x-newer")
            })
        })
        .await;
    }
}

/// The field of a response that is told apart by nothing: a digest of no bytes.
const FIELD: &str = "e3b0c44298fc1c149afbf4c8996fb924";

#[tokio::test]
async fn a_head_is_not_written_to_what_another_process_has_put() {
    let redis = Redis::start();
    let (one, other) = (store(&redis).await, store(&redis).await);
    let (first, second) = (entry("first"), entry("other"));
    put(&one, &key("/a"), &first).await;
    put(&other, &key("/a"), &second).await;
    one.freshen(&key("/a"), newer(&first, 600));
    assert_eq!(found_newer(&other).await.body(), "first");
}
