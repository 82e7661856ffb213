//! What a lookup costs, and what is bounded by how much.

mod support;

use buttress_cache::{
    Entry, Head, Key, Lookup, Purge, Scope, Store, Wanted,
    policy::{Policy, Seconds, Vary},
};
use buttress_cache_redis::RedisStore;
use buttress_testing::{Redis, redis::Reply};
use http::{HeaderMap, HeaderValue, header};
use std::{sync::Arc, time::Duration};
use support::{Origin, Process, entry, entry_of, find, is_in_redis, key, open, put, until};

async fn store(redis: &Redis) -> RedisStore {
    let store = open(redis);
    assert!(store.connect().await);
    store
}

#[tokio::test]
async fn a_lookup_is_one_trip_and_one_command() {
    let redis = Redis::start();
    let store = store(&redis).await;
    let tagged = entry_of("a".into(), &["one", "two"], Seconds::new(600));
    put(&store, &key("/a"), &tagged).await;
    let mut watch = redis.watch();
    assert!(find(&store, &key("/a")).await.is_some());
    assert!(find(&store, &key("/none")).await.is_none());
    let names = watch.names();
    let of_ours = names.iter().filter(|name| *name != "ping");
    assert_eq!(of_ours.collect::<Vec<_>>(), ["evalsha", "evalsha"]);
}

#[tokio::test]
async fn a_miss_is_one_lookup_and_one_put() {
    let redis = Redis::start();
    let process = Process::start(&redis, &Origin::default()).await;
    process.get("/first").await;
    is_in_redis(&redis, "/first").await;
    let mut watch = redis.watch();
    process.get("/a").await;
    is_in_redis(&redis, "/a").await;
    let names = watch.names();
    let of_ours = names.iter().filter(|name| *name == "evalsha");
    assert_eq!(of_ours.count(), 2, "{names:?}");
}

/// The same response in a language, told apart by the field.
fn variant(language: &'static str, body: &'static str) -> (HeaderMap, Arc<Entry>) {
    let value = HeaderValue::from_static(language);
    let asked = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, value)]);
    let plain = entry(body);
    let vary = Vary::Fields(vec![header::ACCEPT_LANGUAGE]);
    let variant = Policy::new().variant_key(&vary, &asked).unwrap();
    let head = plain.head();
    let head = Head::new(head.metadata().clone(), vary, variant, head.asked());
    (asked, Arc::new(Entry::new(head, body.into(), None)))
}

async fn find_for(store: &RedisStore, key: &Key, headers: &HeaderMap) -> Option<Arc<Entry>> {
    let wanted = Wanted::new(key, headers);
    assert!(matches!(store.lookup(&wanted), Lookup::Ask));
    store.ask(wanted.into_owned()).await
}

#[tokio::test]
async fn a_lookup_among_variants_is_two_trips_and_brings_one_body() {
    let redis = Redis::start();
    let store = store(&redis).await;
    let variants = [variant("de", "eins"), variant("fr", "un")];
    for (asked, entry) in &variants {
        store.put(&key("/a"), entry.clone());
        until(async || find_for(&store, &key("/a"), asked).await.is_some()).await;
    }
    let mut watch = redis.watch();
    let found = find_for(&store, &key("/a"), &variants[0].0).await.unwrap();
    assert_eq!(found.body(), "eins");
    let names = watch.names();
    let of_ours = names.iter().filter(|name| *name != "ping");
    assert_eq!(of_ours.collect::<Vec<_>>(), ["evalsha", "evalsha"]);
}

#[tokio::test]
async fn the_newest_variants_stay() {
    let redis = Redis::start();
    let store = open(&redis).variants(2);
    assert!(store.connect().await);
    let variants = [variant("de", "1"), variant("fr", "2"), variant("it", "3")];
    for (asked, entry) in &variants {
        store.put(&key("/a"), entry.clone());
        until(async || find_for(&store, &key("/a"), asked).await.is_some()).await;
    }
    let found = async |at: usize| find_for(&store, &key("/a"), &variants[at].0).await;
    assert!(found(0).await.is_none());
    assert!(found(1).await.is_some() && found(2).await.is_some());
    let bodies = redis.command(&["HLEN", "{cache}:b:http://example.com/a"]);
    assert_eq!(bodies, Reply::Int(4));
}

#[tokio::test]
async fn every_key_ends_when_it_is_of_no_use() {
    let redis = Redis::start();
    let store = store(&redis).await;
    let entry = entry_of("a".into(), &["tag"], Seconds::new(600));
    put(&store, &key("/a"), &entry).await;
    for name in [
        "{cache}:h:http://example.com/a",
        "{cache}:b:http://example.com/a",
        "{cache}:t:tag",
    ] {
        let left = redis.command(&["PTTL", name]).int();
        assert!((1..=600_000).contains(&left), "{name} has {left} ms");
    }
    let useless = entry_of("b".into(), &[], Seconds::ZERO);
    store.put(&key("/b"), useless);
    put(
        &store,
        &key("/marker"),
        &entry_of("c".into(), &[], Seconds::MAX),
    )
    .await;
    assert!(find(&store, &key("/b")).await.is_none());
    let left = redis
        .command(&["PTTL", "{cache}:h:http://example.com/marker"])
        .int();
    assert!(left <= 30 * 24 * 60 * 60 * 1000);
}

/// A tag is known as long as the last of its responses.
#[tokio::test]
async fn a_tag_lives_as_long_as_what_carries_it() {
    let redis = Redis::start();
    let store = store(&redis).await;
    for (path, lifetime) in [("/long", 600), ("/short", 5)] {
        let entry = entry_of(path.to_owned().into(), &["tag"], Seconds::new(lifetime));
        put(&store, &key(path), &entry).await;
    }
    let left = redis.command(&["PTTL", "{cache}:t:tag"]).int();
    assert!(left > 500_000, "{left}");
}

#[tokio::test]
async fn what_is_too_large_is_not_put() {
    let redis = Redis::start();
    let store = open(&redis).largest_body(1000);
    assert!(store.connect().await);
    store.put(&key("/body"), entry(&"x".repeat(1001)));
    let long = key(&format!("/{}", "k".repeat(9000)));
    store.put(&long, entry("key"));
    let mut head = entry("head").head().metadata().clone();
    for number in 0..300 {
        let name = http::HeaderName::try_from(format!("x-{number}")).unwrap();
        let value = HeaderValue::try_from("v".repeat(1000)).unwrap();
        head.headers.insert(name, value);
    }
    let plain = entry("head");
    let head = Head::new(
        head,
        plain.head().vary().clone(),
        plain.head().variant().clone(),
        plain.head().asked(),
    );
    store.put(&key("/head"), Arc::new(plain.with_head(head)));
    put(&store, &key("/fits"), &entry(&"x".repeat(1000))).await;
    for key in [key("/body"), long, key("/head")] {
        assert!(find(&store, &key).await.is_none());
    }
}

#[tokio::test]
async fn what_waits_for_redis_is_bounded() {
    let redis = Redis::start();
    let store = open(&redis).write_deadline(Duration::from_secs(20));
    assert!(store.connect().await);
    redis.freeze();
    let body = "x".repeat(1 << 20);
    for number in 0..100 {
        store.put(&key(&format!("/{number}")), entry(&body));
    }
    redis.thaw();
    until(async || find(&store, &key("/0")).await.is_some()).await;
    put(&store, &key("/marker"), &entry("marker")).await;
    let stored = redis.command(&["KEYS", "{cache}:b:*/??"]).array().len();
    assert!(stored <= 32, "{stored} MiB were under way at once");
}

/// Prefixes are marks that each lookup reads.
#[tokio::test]
async fn with_more_prefixes_than_are_remembered_all_is_purged() {
    let redis = Redis::start();
    let store = store(&redis).await;
    put(&store, &key("/kept"), &entry("kept")).await;
    let purge = async |number: usize| {
        let scope = Scope::Prefix(format!("http://example.com/{number}/").into());
        store.purge(&Purge::hard(scope)).await.unwrap();
    };
    for number in 0..128 {
        purge(number).await;
    }
    assert!(find(&store, &key("/kept")).await.is_some());
    purge(128).await;
    assert!(find(&store, &key("/kept")).await.is_none());
    put(&store, &key("/kept"), &entry("new")).await;
    purge(129).await;
    assert!(find(&store, &key("/kept")).await.is_some());
    let marks = redis.command(&["HLEN", "{cache}:marks"]).int();
    assert!(marks < 10);
}

#[tokio::test]
async fn the_list_of_purges_is_bounded() {
    let redis = Redis::start();
    let store = store(&redis).await;
    for number in 0..1100 {
        let scope = Scope::Tag(number.to_string().into());
        store.purge(&Purge::hard(scope)).await.unwrap();
    }
    assert_eq!(redis.command(&["LLEN", "{cache}:recent"]), Reply::Int(1024));
    assert_eq!(redis.command(&["DBSIZE"]), Reply::Int(2));
}

/// Redis Cluster takes a script whose names are all on one node.
#[tokio::test]
async fn all_names_of_a_cache_have_one_slot() {
    let redis = Redis::start();
    let store = store(&redis).await;
    let entry = entry_of("a".into(), &["tag {x}"], Seconds::new(600));
    put(&store, &key("/{y}"), &entry).await;
    let names = redis.command(&["KEYS", "*"]).array();
    assert!(names.len() >= 5);
    for name in names {
        assert!(name.text().starts_with("{cache}:"));
    }
}

#[test]
fn an_address_that_is_none_is_an_error() {
    for address in ["", "redis", "http://127.0.0.1", "redis://:x:y"] {
        assert!(RedisStore::open(address).is_err(), "{address}");
    }
}

#[test]
fn it_can_be_shared_and_sent() {
    static_assertions::assert_impl_all!(RedisStore: Send, Sync, std::fmt::Debug);
    let store = RedisStore::open("redis://user:secret@127.0.0.1:6379").unwrap();
    assert!(!format!("{store:?}").contains("secret"));
}
