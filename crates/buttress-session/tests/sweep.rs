//! (20): sessions whose time is over go, and an error is no reason to stop.
#![cfg(feature = "conformance")]

use buttress_session::{
    Capabilities, Commit, Created, Id, MemoryStore, Op, SessionLayer, SessionStore, StoreErrorKind,
    Ttl,
    conformance::{Fault, Faulty},
};
use std::time::Duration;

const IDLE: Duration = Duration::from_secs(10);

async fn create(store: &impl SessionStore, value: &str) -> Result<Created, StoreErrorKind> {
    let key = Id::generate().unwrap().store_key(false);
    let ops = vec![Op::set("a", value.to_owned())];
    let commit = Commit::new(Ttl::idle(IDLE)).ops(ops);
    store
        .create(&key, &commit)
        .await
        .map_err(|error| error.kind())
}

#[tokio::test(start_paused = true)]
async fn sweeping_goes_on_after_an_error() {
    let memory = MemoryStore::new();
    let store = Faulty::new(memory.clone());
    let layer = SessionLayer::new(store.clone());
    let sweeper = tokio::spawn(layer.sweep_every(Duration::from_secs(60)));
    for _ in 0..2_500 {
        create(&store, "1").await.unwrap();
    }
    store.fail(Fault::Down);
    tokio::time::sleep(Duration::from_secs(90)).await;
    assert_eq!(memory.len(), 2_500);
    store.fail(Fault::None);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!((memory.len(), memory.used()), (0, 0));
    assert!(!sweeper.is_finished());
    sweeper.abort();
}

#[tokio::test(start_paused = true)]
async fn new_sessions_sweep_away_the_old_ones() {
    let store = MemoryStore::new();
    for _ in 0..100 {
        create(&store, "1").await.unwrap();
    }
    tokio::time::advance(IDLE).await;
    for _ in 0..50 {
        create(&store, "1").await.unwrap();
    }
    assert_eq!(store.len(), 50);
}

#[tokio::test(start_paused = true)]
async fn at_its_bounds_the_store_lets_go_of_what_ends_soonest() {
    let store = MemoryStore::new().sessions(10);
    let keys: Vec<_> = (0..20)
        .map(|_| Id::generate().unwrap().store_key(false))
        .collect();
    let commit = Commit::new(Ttl::idle(IDLE));
    for key in &keys[..10] {
        store.create(key, &commit).await.unwrap();
        tokio::time::advance(Duration::from_millis(1)).await;
    }
    // The first was used since.
    assert!(store.touch(&keys[0], Ttl::idle(IDLE)).await.unwrap());
    for key in &keys[10..19] {
        store.create(key, &commit).await.unwrap();
    }
    assert_eq!(store.len(), 10);
    assert!(store.load(&keys[0], None).await.unwrap().is_some());
    for key in &keys[1..10] {
        assert!(store.load(key, None).await.unwrap().is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn bytes_are_bounded_for_one_and_for_all() {
    let store = MemoryStore::new().bytes(100_000).session_bytes(10_000);
    assert_eq!(
        create(&store, &"x".repeat(10_000)).await,
        Err(StoreErrorKind::TooLarge)
    );
    assert!(store.is_empty());
    for _ in 0..100 {
        create(&store, &"x".repeat(5_000)).await.unwrap();
        assert!(store.used() <= 100_000);
    }
    assert_eq!(store.len(), 18);

    let key = Id::generate().unwrap().store_key(false);
    let ttl = Ttl::idle(IDLE);
    let small = Commit::new(ttl).ops(vec![Op::set("a", "1")]);
    store.create(&key, &small).await.unwrap();
    let large = Commit::new(ttl).ops(vec![Op::remove("a"), Op::set("b", "x".repeat(10_000))]);
    let error = store.commit(&key, &large).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::TooLarge);
    let snapshot = store.load(&key, None).await.unwrap().unwrap();
    assert_eq!(
        (snapshot.version, snapshot.entries.len()),
        (1, 1),
        "it is as it was"
    );
}

#[test]
fn a_store_in_memory_promises_all_but_to_be_shared() {
    let mut expected = Capabilities::ALL;
    expected.shared = false;
    assert_eq!(MemoryStore::new().capabilities(), expected);
}

/// Logins and logouts for ever must not fill what remembers when they end.
#[tokio::test(start_paused = true)]
async fn sessions_that_were_ended_leave_nothing() {
    let store = MemoryStore::new();
    let commit = Commit::new(Ttl::idle(IDLE));
    for _ in 0..10_000 {
        let id = Id::generate().unwrap();
        store.create(&id.store_key(false), &commit).await.unwrap();
        store.delete(&id.store_key(false)).await.unwrap();
    }
    assert_eq!((store.len(), store.used()), (0, 0));
}
