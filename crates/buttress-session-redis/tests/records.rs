//! (20): records in Redis that cannot be read stay as they are; bounds hold, and
//! nothing is left behind.

use buttress_session::{
    Commit, Committed, Created, Id, Op, OwnerChange, SessionStore, StoreErrorKind, StoreKey, Ttl,
};
use buttress_session_redis::RedisStore;
use buttress_testing::{Redis, redis::Reply};
use std::time::Duration;

const TTL: Ttl = Ttl::idle(Duration::from_secs(60));

fn start() -> (Redis, RedisStore, StoreKey) {
    let redis = Redis::start();
    let store = RedisStore::open(&redis.url()).unwrap();
    (redis, store, Id::generate().unwrap().store_key(false))
}

/// As it is said in the docs.
fn name(key: &StoreKey) -> String {
    let text = key.to_string();
    let (family, digest) = text.split_once('.').unwrap();
    format!("sid:{{{family}}}.{digest}")
}

fn set(name: &'static str, value: impl Into<String>) -> Commit {
    Commit::new(TTL).ops(vec![Op::set(name, value.into())])
}

fn bind(owner: &'static str) -> Commit {
    Commit::new(TTL).owner(OwnerChange::Bind(owner.into()))
}

fn keys(redis: &Redis) -> Vec<String> {
    let keys = redis.command(&["KEYS", "*"]).array();
    keys.into_iter().map(Reply::text).collect()
}

/// Neither read nor changed, but deleted.
async fn is_corrupt(redis: &Redis, store: &RedisStore, key: &StoreKey) {
    let name = name(key);
    let before = redis.command(&["DUMP", &name]);
    let new = Id::generate().unwrap().store_key(false);
    let commit = set("a", "2");
    let kinds = [
        store.load(key, Some(TTL)).await.unwrap_err().kind(),
        store.commit(key, &commit).await.unwrap_err().kind(),
        store.touch(key, TTL).await.unwrap_err().kind(),
        store
            .rotate(key, &new, &commit, TTL.idle)
            .await
            .unwrap_err()
            .kind(),
    ];
    assert_eq!(kinds, [StoreErrorKind::Corrupt; 4]);
    assert_eq!(store.create(key, &commit).await.unwrap(), Created::Exists);
    assert_eq!(redis.command(&["DUMP", &name]), before);
    assert!(store.delete(key).await.unwrap());
    assert_eq!(redis.command(&["EXISTS", &name]).int(), 0);
}

#[tokio::test]
async fn a_record_of_another_type_is_corrupt_and_stays() {
    let (redis, store, key) = start();
    let _ = redis.command(&["SET", &name(&key), "{\"user\":1}"]);
    is_corrupt(&redis, &store, &key).await;
}

#[tokio::test]
async fn a_truncated_record_is_corrupt_and_stays() {
    let (redis, store, key) = start();
    for field in ["m", "v", "n"] {
        store.create(&key, &set("a", "1")).await.unwrap();
        let _ = redis.command(&["HDEL", &name(&key), field]);
        is_corrupt(&redis, &store, &key).await;
    }
}

#[tokio::test]
async fn a_record_with_nonsense_for_a_number_is_corrupt_and_stays() {
    let (redis, store, key) = start();
    store.create(&key, &set("a", "1")).await.unwrap();
    let _ = redis.command(&["HSET", &name(&key), "v", "two"]);
    is_corrupt(&redis, &store, &key).await;
}

/// What a script did before an error stays, so that it has to look first.
#[tokio::test]
async fn an_owners_index_of_another_type_stays_and_so_does_the_session() {
    let (redis, store, key) = start();
    let new = Id::generate().unwrap().store_key(false);
    let _ = redis.command(&["SET", "sid:owner:ada", "somebody else's"]);
    let refused = store.create(&key, &bind("ada")).await.unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::Corrupt);
    assert_eq!(keys(&redis), ["sid:owner:ada"]);

    store.create(&key, &set("a", "1")).await.unwrap();
    let name = name(&key);
    let before = redis.command(&["HGETALL", &name]);
    let refused = [
        store.commit(&key, &bind("ada")).await.unwrap_err().kind(),
        store
            .rotate(&key, &new, &bind("ada"), TTL.idle)
            .await
            .unwrap_err()
            .kind(),
    ];
    assert_eq!(refused, [StoreErrorKind::Corrupt; 2]);
    assert_eq!(redis.command(&["HGETALL", &name]), before);
    assert_eq!(keys(&redis).len(), 2);
}

/// Names and owners are data, whatever is in them.
#[tokio::test]
async fn odd_names_and_owners_come_back_as_they_are() {
    let (_redis, store, key) = start();
    let odd = [
        "",
        "=",
        "m",
        "a'); redis.call('FLUSHALL') --",
        "\0\r\n\"}{*",
        "ключ",
    ];
    let ops = odd.iter().map(|name| Op::set(*name, "1")).collect();
    store
        .create(&key, &Commit::new(TTL).ops(ops))
        .await
        .unwrap();
    for owner in odd {
        store.commit(&key, &bind(owner)).await.unwrap();
        let snapshot = store.load(&key, Some(TTL)).await.unwrap().unwrap();
        assert_eq!(snapshot.owner.as_deref(), Some(owner));
        assert!(odd.iter().all(|name| snapshot.entries.get(name).is_some()));
        assert_eq!(store.list_by_owner(owner, 9).await.unwrap().len(), 1);
    }
    assert_eq!(store.delete_by_owner("ключ", None).await.unwrap(), 1);
    assert!(store.load(&key, None).await.unwrap().is_none());
}

#[tokio::test]
async fn forgotten_scripts_and_emptied_data_cost_no_error() {
    let (redis, store, key) = start();
    store.create(&key, &set("a", "1")).await.unwrap();
    let _ = redis.command(&["SCRIPT", "FLUSH"]);
    let committed = store.commit(&key, &set("a", "2")).await.unwrap();
    assert_eq!(committed, Committed::Applied { version: 2 });
    let _ = redis.command(&["FLUSHALL"]);
    assert_eq!(
        store.commit(&key, &set("a", "3")).await.unwrap(),
        Committed::Gone
    );
    assert!(keys(&redis).is_empty());
}

/// Redis is full and evicts nothing: visitors are known, can leave, and no new
/// session goes over what it may take.
#[tokio::test]
async fn a_full_redis_takes_no_more_and_can_be_read() {
    let (redis, store, key) = start();
    store.create(&key, &bind("ada")).await.unwrap();
    let name = name(&key);
    let before = redis.command(&["HGETALL", &name]);
    let _ = redis.command(&["CONFIG", "SET", "maxmemory", "1"]);
    let new = Id::generate().unwrap().store_key(false);
    let refused = [
        store.create(&new, &set("a", "1")).await.map(drop),
        store.commit(&key, &set("a", "1")).await.map(drop),
        store
            .rotate(&key, &new, &set("a", "1"), TTL.idle)
            .await
            .map(drop),
    ];
    let kinds = refused.map(|outcome| outcome.unwrap_err().kind());
    assert_eq!(kinds, [StoreErrorKind::Unavailable; 3]);
    assert_eq!(redis.command(&["HGETALL", &name]), before);
    assert_eq!(keys(&redis).len(), 2);
    assert!(store.load(&key, Some(TTL)).await.unwrap().is_some());
    assert_eq!(store.delete_by_owner("ada", None).await.unwrap(), 1);
}

#[tokio::test]
async fn too_large_a_session_is_refused_and_stays_as_it_was() {
    let (_redis, store, key) = start();
    let store = store.session_bytes(100);
    store.create(&key, &set("a", "1".repeat(90))).await.unwrap();
    let more = store.commit(&key, &set("b", "1".repeat(9))).await;
    assert_eq!(more.unwrap_err().kind(), StoreErrorKind::TooLarge);
    let fits = store.commit(&key, &set("b", "1".repeat(8))).await.unwrap();
    assert_eq!(fits, Committed::Applied { version: 2 });
    // What is replaced or removed makes room, in the order of the operations.
    let ops = vec![
        Op::set("b", "1"),
        Op::remove("b"),
        Op::set("a", "2".repeat(99)),
    ];
    let replaced = store
        .commit(&key, &Commit::new(TTL).ops(ops))
        .await
        .unwrap();
    assert_eq!(replaced, Committed::Applied { version: 3 });
    let ops = vec![Op::Clear, Op::set("c", "3".repeat(99))];
    let cleared = store
        .commit(&key, &Commit::new(TTL).ops(ops))
        .await
        .unwrap();
    assert_eq!(cleared, Committed::Applied { version: 4 });
    let snapshot = store.load(&key, None).await.unwrap().unwrap();
    assert_eq!((snapshot.entries.len(), snapshot.entries.size()), (1, 100));
}

#[tokio::test]
async fn every_key_has_an_end_and_a_logout_leaves_none() {
    let (redis, store, new_key) = start();
    let old = Id::generate().unwrap().store_key(false);
    store.create(&old, &bind("ada")).await.unwrap();
    let grace = Duration::from_secs(10);
    store
        .rotate(&old, &new_key, &set("a", "1"), grace)
        .await
        .unwrap();
    let names = keys(&redis);
    assert_eq!(
        names.len(),
        3,
        "the session, the old record, the index: {names:?}"
    );
    for name in &names {
        assert!(
            redis.command(&["PTTL", name]).int() > 0,
            "{name} has no end"
        );
    }
    assert!(store.delete(&new_key).await.unwrap());
    assert_eq!(keys(&redis), [""; 0]);
}

#[tokio::test]
async fn an_index_forgets_what_ended_by_itself() {
    let (redis, store, key) = start();
    store.create(&key, &bind("ada")).await.unwrap();
    // As an eviction does.
    let _ = redis.command(&["DEL", &name(&key)]);
    assert_eq!(store.list_by_owner("ada", 10).await.unwrap(), []);
    assert_eq!(keys(&redis), [""; 0]);
    store.create(&key, &bind("ada")).await.unwrap();
    let _ = redis.command(&["DEL", &name(&key)]);
    assert_eq!(store.delete_by_owner("ada", None).await.unwrap(), 0);
    assert_eq!(keys(&redis), [""; 0]);
}

#[tokio::test]
async fn two_prefixes_share_nothing() {
    let (redis, store, key) = start();
    let other = RedisStore::open(&redis.url()).unwrap().prefix("other:");
    store.create(&key, &bind("ada")).await.unwrap();
    assert_eq!(other.load(&key, None).await.unwrap(), None);
    assert_eq!(other.list_by_owner("ada", 10).await.unwrap(), []);
    assert_eq!(other.delete_by_owner("ada", None).await.unwrap(), 0);
    assert!(store.load(&key, None).await.unwrap().is_some());
}

#[tokio::test]
async fn a_reading_prolongs_a_life_only_where_that_is_worth_a_write() {
    let (redis, store, key) = start();
    store.create(&key, &set("a", "1")).await.unwrap();
    let before = redis.calls();
    store.load(&key, Some(TTL)).await.unwrap();
    let after = redis.calls();
    assert_eq!(after.get("pexpire"), before.get("pexpire"));
    // A minute later by the server's own books.
    let _ = redis.command(&["PEXPIRE", &name(&key), "30000"]);
    store.load(&key, Some(TTL)).await.unwrap();
    assert!(redis.command(&["PTTL", &name(&key)]).int() > 59_000);
}

#[tokio::test]
async fn an_empty_redis_after_a_restart_has_the_scripts_again() {
    let (redis, store, key) = start();
    store.create(&key, &set("a", "1")).await.unwrap();
    assert_eq!(redis.command(&["SCRIPT", "FLUSH"]).text(), "OK");
    let committed = store.commit(&key, &set("a", "2")).await.unwrap();
    assert_eq!(committed, Committed::Applied { version: 2 });
}
