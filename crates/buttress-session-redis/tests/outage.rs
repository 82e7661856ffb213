//! (9), (20): Redis is killed, frozen and restarted under a store.

use buttress_session::{
    Commit, Committed, Created, Id, Op, SessionStore, StoreErrorKind, StoreKey, Ttl,
};
use buttress_session_redis::RedisStore;
use buttress_testing::Redis;
use std::time::Duration;

/// The layer's own deadline.
const DEADLINE: Duration = Duration::from_secs(1);
const TTL: Ttl = Ttl::idle(Duration::from_secs(60));

fn key() -> StoreKey {
    Id::generate().unwrap().store_key(false)
}

fn set(value: &'static str) -> Commit {
    Commit::new(TTL).ops(vec![Op::set("a", value)])
}

async fn create(store: &RedisStore, key: &StoreKey) {
    let created = store.create(key, &set("1")).await.unwrap();
    assert_eq!(created, Created::Created);
}

/// What a call answers by the layer's deadline.
async fn in_time<T>(answer: impl Future<Output = T>) -> T {
    let answer = tokio::time::timeout(DEADLINE, answer).await;
    answer.expect("an answer by the deadline")
}

async fn is_unavailable(store: &RedisStore, key: &StoreKey) {
    let loaded = in_time(store.load(key, Some(TTL))).await;
    assert_eq!(loaded.unwrap_err().kind(), StoreErrorKind::Unavailable);
    let committed = in_time(store.commit(key, &set("2"))).await;
    assert_eq!(committed.unwrap_err().kind(), StoreErrorKind::Unavailable);
}

async fn value(store: &RedisStore, key: &StoreKey) -> String {
    let snapshot = in_time(store.load(key, None)).await.unwrap().unwrap();
    String::from_utf8(snapshot.entries.get("a").unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn a_killed_redis_gets_answers_in_time_and_the_first_one_after_it_is_good() {
    let mut redis = Redis::start_with(&["--appendonly", "yes", "--appendfsync", "always"]);
    let (store, key) = (RedisStore::open(&redis.url()).unwrap(), key());
    create(&store, &key).await;
    redis.kill();
    for _ in 0..3 {
        is_unavailable(&store, &key).await;
    }
    redis.restart();
    assert_eq!(value(&store, &key).await, "1");
}

#[tokio::test]
async fn after_an_outage_that_nobody_noticed_a_reading_is_good() {
    let mut redis = Redis::start_with(&["--appendonly", "yes", "--appendfsync", "always"]);
    let (store, key) = (RedisStore::open(&redis.url()).unwrap(), key());
    create(&store, &key).await;
    // This test has one thread, so that the store sees nothing of it.
    redis.restart();
    assert_eq!(value(&store, &key).await, "1");
}

#[tokio::test]
async fn after_an_outage_that_was_noticed_the_first_write_is_good() {
    let mut redis = Redis::start_with(&["--appendonly", "yes", "--appendfsync", "always"]);
    let (store, key) = (RedisStore::open(&redis.url()).unwrap(), key());
    create(&store, &key).await;
    redis.kill();
    is_unavailable(&store, &key).await;
    redis.restart();
    let committed = in_time(store.commit(&key, &set("3"))).await.unwrap();
    assert_eq!(committed, Committed::Applied { version: 2 });
}

#[tokio::test]
async fn a_store_can_be_made_while_redis_is_down() {
    let mut redis = Redis::start();
    redis.kill();
    let (store, key) = (RedisStore::open(&redis.url()).unwrap(), key());
    is_unavailable(&store, &key).await;
    redis.restart();
    in_time(create(&store, &key)).await;
}

#[tokio::test]
async fn a_frozen_redis_gets_answers_in_time_and_goes_on_when_thawed() {
    let redis = Redis::start();
    let (store, key) = (RedisStore::open(&redis.url()).unwrap(), key());
    create(&store, &key).await;
    redis.freeze();
    for _ in 0..2 {
        is_unavailable(&store, &key).await;
    }
    redis.thaw();
    // What waited may have been applied: whole, and before all that comes now.
    assert!(["1", "2"].contains(&&*value(&store, &key).await));
    let committed = in_time(store.commit(&key, &set("3"))).await.unwrap();
    assert!(matches!(committed, Committed::Applied { .. }));
    assert_eq!(value(&store, &key).await, "3");
}

#[tokio::test]
async fn a_redis_that_is_frozen_from_the_start_gets_answers_in_time() {
    let redis = Redis::start();
    redis.freeze();
    let (store, key) = (RedisStore::open(&redis.url()).unwrap(), key());
    is_unavailable(&store, &key).await;
    redis.thaw();
    in_time(create(&store, &key)).await;
}

/// (2): what was sent before a logout and arrives after it makes no session.
#[tokio::test]
async fn a_write_that_a_freeze_held_up_does_not_undo_a_logout() {
    let redis = Redis::start();
    let url = redis.url();
    let (store, other) = (
        RedisStore::open(&url).unwrap(),
        RedisStore::open(&url).unwrap(),
    );
    let key = key();
    create(&store, &key).await;
    redis.freeze();
    let committed = in_time(store.commit(&key, &set("2"))).await;
    assert_eq!(committed.unwrap_err().kind(), StoreErrorKind::Unavailable);
    redis.thaw();
    assert!(in_time(other.delete(&key)).await.unwrap());
    assert_eq!(
        in_time(store.commit(&key, &set("3"))).await.unwrap(),
        Committed::Gone
    );
    assert_eq!(in_time(other.load(&key, None)).await.unwrap(), None);
}

/// A primary that became a replica refuses writes, and later takes them again.
#[tokio::test]
async fn a_redis_that_may_not_write_is_not_available() {
    let redis = Redis::start();
    let (store, key) = (RedisStore::open(&redis.url()).unwrap(), key());
    create(&store, &key).await;
    let nobody = ["REPLICAOF", "127.0.0.1", "1"];
    assert_eq!(redis.command(&nobody).text(), "OK");
    let committed = in_time(store.commit(&key, &set("2"))).await;
    assert_eq!(committed.unwrap_err().kind(), StoreErrorKind::Unavailable);
    assert_eq!(redis.command(&["REPLICAOF", "NO", "ONE"]).text(), "OK");
    assert_eq!(value(&store, &key).await, "1");
    in_time(store.commit(&key, &set("3"))).await.unwrap();
    assert_eq!(value(&store, &key).await, "3");
}
