//! A store that has to ask elsewhere, behind the layer and behind a first tier.

mod support;

use buttress_cache::{
    BoxFuture, CacheLayer, Entry, Key, Lookup, MemoryStore, Purge, Store, StoreResult, Tiered,
    Wanted, store::conformance,
};
use buttress_testing::Gate;
use futures_util::future::join_all;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use support::{Setup, counting};

const FRESH: [(&str, &str); 1] = [("cache-control", "max-age=60, stale-while-revalidate=60")];

/// Knows nothing at once, and all after a pause.
#[derive(Clone, Debug, Default)]
struct Elsewhere {
    store: Arc<MemoryStore>,
    asked: Arc<AtomicUsize>,
    /// Where the answers stand, if they do.
    gate: Option<Gate>,
    /// How many stand there: the first ones, or all.
    held: Option<usize>,
}

impl Store for Elsewhere {
    fn lookup(&self, _: &Wanted<'_>) -> Lookup {
        Lookup::Ask
    }

    fn ask(&self, wanted: Wanted<'static>) -> BoxFuture<Option<Arc<Entry>>> {
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        let is_held = self.held.is_none_or(|held| number < held);
        let gate = self.gate.clone().filter(|_| is_held);
        let store = self.store.clone();
        Box::pin(async move {
            // What is read may be old by the time it is given.
            let found = store.lookup(&wanted);
            match gate {
                Some(gate) => gate.pass().await,
                None => tokio::task::yield_now().await,
            }
            match found {
                Lookup::Hit(entry) => Some(entry),
                _ => None,
            }
        })
    }

    fn put(&self, key: &Key, entry: Arc<Entry>) {
        self.store.put(key, entry);
    }

    fn purge(&self, purge: &Purge) -> BoxFuture<StoreResult> {
        let (store, purge) = (self.store.clone(), purge.clone());
        Box::pin(async move {
            tokio::task::yield_now().await;
            store.purge(&purge).await
        })
    }
}

#[tokio::test]
async fn it_conforms_alone_and_behind_memory() {
    conformance::check(&Elsewhere::default()).await;
    conformance::check(&Tiered::new(MemoryStore::new(), Elsewhere::default())).await;
}

#[tokio::test]
async fn what_it_has_is_served_and_refreshed() {
    let app = Setup::over(CacheLayer::new(Elsewhere::default())).around(counting(FRESH));
    for is_hit in [false, true] {
        let got = app.get("/").await;
        assert_eq!((got.is_hit(), &*got.body), (is_hit, &b"0"[..]));
    }
    app.clock.advance(Duration::from_secs(70));
    assert_eq!(app.get("/").await.body, "0");
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    let got = app.get("/").await;
    assert_eq!((got.is_hit(), &*got.body), (true, &b"1"[..]));
}

#[tokio::test]
async fn those_who_ask_at_once_make_one_call() {
    let app = Setup::over(CacheLayer::new(Elsewhere::default())).around(counting(FRESH));
    let got = join_all((0..50).map(|_| app.get("/"))).await;
    assert!(got.iter().all(|got| got.body == "0"));
    assert_eq!(app.calls.count(), 1);
}

#[tokio::test]
async fn the_first_tier_is_filled_from_the_second() {
    let second = Elsewhere::default();
    let one = Setup::over(CacheLayer::new(second.clone())).around(counting(FRESH));
    one.get("/").await;
    let tiers = Tiered::new(MemoryStore::new(), second.clone());
    let other = Setup::over(CacheLayer::new(tiers)).around(counting(FRESH));
    other.clock.advance(Duration::from_secs(7));
    let asked = second.asked.load(Ordering::SeqCst);
    for _ in 0..3 {
        let got = other.get("/").await;
        assert_eq!((got.is_hit(), got.header("age")), (true, Some("7")));
    }
    assert_eq!(second.asked.load(Ordering::SeqCst) - asked, 1);
    assert_eq!(other.calls.count(), 0);
}

#[tokio::test]
async fn a_purge_is_not_undone_by_what_was_read_from_the_second_tier_before_it() {
    let gate = Gate::new();
    let second = Elsewhere {
        gate: Some(gate.clone()),
        ..Elsewhere::default()
    };
    let seed = Elsewhere {
        gate: None,
        ..second.clone()
    };
    let one = Setup::over(CacheLayer::new(seed)).around(counting(FRESH));
    one.get("/").await;
    let tiers = Tiered::new(MemoryStore::new(), second);
    let app = Setup::over(CacheLayer::new(tiers)).around(counting(FRESH));
    let reads = tokio::spawn({
        let app = app.clone();
        async move { app.get("/").await }
    });
    gate.reached().await;
    let uri = "http://example.com/".parse().unwrap();
    app.cache.purge(&uri).await.unwrap();
    gate.open();
    // What was purged meanwhile is not given out either.
    assert!(!reads.await.unwrap().is_hit());
    assert_eq!(app.calls.count(), 1);
}

#[tokio::test]
async fn a_miss_asks_once_unless_another_flight_ended_meanwhile() {
    let store = Elsewhere::default();
    let app = Setup::over(CacheLayer::new(store.clone())).around(counting(FRESH));
    for number in 1..=3 {
        assert!(!app.get(&format!("/{number}")).await.is_hit());
        assert_eq!(store.asked.load(Ordering::SeqCst), number);
    }
}

/// What was stored in between answers, rather than a second call.
#[tokio::test]
async fn who_asked_in_vain_asks_again_if_a_flight_has_ended_meanwhile() {
    let gate = Gate::new();
    let store = Elsewhere {
        gate: Some(gate.clone()),
        held: Some(1),
        ..Elsewhere::default()
    };
    let app = Setup::over(CacheLayer::new(store.clone())).around(counting(FRESH));
    let slow = tokio::spawn({
        let app = app.clone();
        async move { app.get("/").await }
    });
    gate.reached().await;
    assert!(!app.get("/").await.is_hit());
    gate.open();
    let got = slow.await.unwrap();
    assert_eq!((got.is_hit(), &*got.body), (true, &b"0"[..]));
    assert_eq!(app.calls.count(), 1);
    assert_eq!(store.asked.load(Ordering::SeqCst), 3);
}
