//! The store in memory, against what every store has to do, and its own bounds.

use buttress_cache::{
    BoxFuture, Entry, Head, Key, Lookup, MemoryStore, Purge, Scope, Store, StoreResult, Tiered,
    Wanted,
    policy::{Freshness, Metadata, Timestamp, VariantKey, Vary},
    store::{RemotePurge, conformance},
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use std::sync::{Arc, Mutex};

#[tokio::test]
async fn memory_conforms() {
    conformance::check(&MemoryStore::new()).await;
}

#[tokio::test]
async fn two_tiers_conform() {
    conformance::check(&Tiered::new(MemoryStore::new(), MemoryStore::new())).await;
}

#[tokio::test]
async fn random_keys_stay_within_the_bytes() {
    let store = MemoryStore::with_bytes(1 << 20);
    let body = Bytes::from(vec![b'x'; 500]);
    for number in 0..20_000 {
        let key = Key::new(format!("http://example.com/{number}"));
        store.put(&key, entry(body.clone()));
        assert!(store.usage().bytes <= 1 << 20);
    }
    let usage = store.usage();
    assert!(usage.keys > 500, "{usage:?}");
    assert_eq!(usage.keys + usage.evicted, 20_000);
}

#[tokio::test]
async fn what_is_larger_than_its_share_is_not_kept_and_pushes_nothing_out() {
    let store = MemoryStore::with_bytes(1 << 20);
    let (small, large) = (Key::new("small"), Key::new("large"));
    store.put(&small, entry(Bytes::from_static(b"x")));
    store.put(&large, entry(vec![b'x'; 2 << 20].into()));
    let is_there = |key| {
        let headers = HeaderMap::new();
        matches!(store.lookup(&Wanted::new(key, &headers)), Lookup::Hit(_))
    };
    assert!(is_there(&small));
    assert!(!is_there(&large));
}

#[tokio::test]
async fn a_scan_does_not_sweep_out_what_is_asked_for_again_and_again() {
    let store = MemoryStore::with_bytes(1 << 20);
    let headers = HeaderMap::new();
    let hot: Vec<_> = (0..100)
        .map(|number| Key::new(format!("hot/{number}")))
        .collect();
    for key in &hot {
        store.put(key, entry(Bytes::from(vec![b'x'; 1000])));
    }
    for number in 0..10_000 {
        store.lookup(&Wanted::new(&hot[number % 100], &headers));
        let cold = Key::new(format!("cold/{number}"));
        store.put(&cold, entry(Bytes::from(vec![b'x'; 1000])));
    }
    let kept = hot.iter().filter(|key| {
        let found = store.lookup(&Wanted::new(key, &headers));
        matches!(found, Lookup::Hit(_))
    });
    assert!(kept.count() > 90);
}

#[tokio::test]
async fn more_purged_tags_than_are_remembered_leave_nothing_that_was_purged() {
    let store = MemoryStore::new();
    let (tagged, plain) = (Key::new("tagged"), Key::new("plain"));
    store.put(&tagged, tagged_entry("first"));
    store.put(&plain, entry(Bytes::from_static(b"x")));
    store
        .purge(&Purge::hard(Scope::Tag("first".into())))
        .await
        .unwrap();
    for number in 0..20_000 {
        let tag = Scope::Tag(format!("tag {number}").into());
        store.purge(&Purge::hard(tag)).await.unwrap();
    }
    let headers = HeaderMap::new();
    let found = store.lookup(&Wanted::new(&tagged, &headers));
    assert!(matches!(found, Lookup::Miss | Lookup::VariantMiss));
    let found = store.lookup(&Wanted::new(&plain, &headers));
    assert!(matches!(found, Lookup::Hit(_)));
}

#[tokio::test]
async fn what_another_process_purges_in_the_second_tier_leaves_the_first() {
    let second = Remote::default();
    let hook = second.hook.clone();
    let tiers = Tiered::new(MemoryStore::new(), second);
    let key = Key::new("a");
    tiers.first().put(&key, entry(Bytes::from_static(b"x")));
    let hook = hook.lock().unwrap().take().expect("the tiers listen");
    hook(&Purge::hard(Scope::Key(key.clone())));
    let headers = HeaderMap::new();
    let found = tiers.first().lookup(&Wanted::new(&key, &headers));
    assert!(matches!(found, Lookup::Miss));
}

/// A store that only hears of purges.
#[derive(Default)]
struct Remote {
    hook: Arc<Mutex<Option<RemotePurge>>>,
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Remote")
    }
}

impl Store for Remote {
    fn lookup(&self, _: &Wanted<'_>) -> Lookup {
        Lookup::Miss
    }

    fn put(&self, _: &Key, _: Arc<Entry>) {}

    fn purge(&self, _: &Purge) -> BoxFuture<StoreResult> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn on_remote_purge(&self, hook: RemotePurge) {
        *self.hook.lock().unwrap() = Some(hook);
    }
}

fn entry(body: Bytes) -> Arc<Entry> {
    Arc::new(Entry::new(head(), body, None))
}

fn tagged_entry(tag: &str) -> Arc<Entry> {
    let head = head().with_tags([tag.into()]);
    Arc::new(Entry::new(head, Bytes::new(), None))
}

fn head() -> Head {
    let metadata = Metadata {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        freshness: Freshness::default(),
    };
    let vary = Vary::Fields(Vec::new());
    Head::new(metadata, vary, VariantKey::default(), Timestamp::default())
}
