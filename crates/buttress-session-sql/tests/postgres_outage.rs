//! (9), (20): Postgres is killed, frozen and restarted under a store, and many
//! processes come at once.
#![cfg(feature = "postgres")]

use buttress_session::{
    Commit, Committed, Created, Id, Op, SessionStore, StoreErrorKind, StoreKey, Ttl,
};
use buttress_session_sql::PostgresStore;
use buttress_testing::{Postgres, within};
use std::time::Duration;
use tokio::task::JoinSet;

/// The layer's own deadline.
const DEADLINE: Duration = Duration::from_secs(1);
const TTL: Ttl = Ttl::idle(Duration::from_secs(60));

fn key() -> StoreKey {
    Id::generate().unwrap().store_key(false)
}

fn set(value: impl Into<String>) -> Commit {
    Commit::new(TTL).ops(vec![Op::set("a", value.into())])
}

/// What a call answers by the layer's deadline.
async fn in_time<T>(answer: impl Future<Output = T>) -> T {
    let answer = tokio::time::timeout(DEADLINE, answer).await;
    answer.expect("an answer by the deadline")
}

async fn is_unavailable(store: &PostgresStore, key: &StoreKey) {
    let loaded = in_time(store.load(key, Some(TTL))).await;
    assert_eq!(loaded.unwrap_err().kind(), StoreErrorKind::Unavailable);
    let committed = in_time(store.commit(key, &set("2"))).await;
    assert_eq!(committed.unwrap_err().kind(), StoreErrorKind::Unavailable);
}

async fn value(store: &PostgresStore, key: &StoreKey) -> String {
    let snapshot = in_time(store.load(key, None)).await.unwrap().unwrap();
    String::from_utf8(snapshot.entries.get("a").unwrap().to_vec()).unwrap()
}

/// Several connections of the pool are in use and then idle.
async fn warm_up(store: &PostgresStore, key: &StoreKey) {
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let (store, key) = (store.clone(), key.clone());
        tasks.spawn(async move { store.load(&key, None).await.unwrap() });
    }
    tasks.join_all().await;
}

// One server for all of it, since each takes a second to make.
#[tokio::test]
async fn a_postgres_that_is_killed_or_frozen_gets_answers_in_time_and_comes_back() {
    let mut postgres = Postgres::start();
    let (store, key) = (PostgresStore::open(&postgres.url()).unwrap(), key());
    let created = within("a table", store.create(&key, &set("1"))).await;
    assert_eq!(created.unwrap(), Created::Created);
    warm_up(&store, &key).await;

    postgres.kill();
    for _ in 0..2 {
        is_unavailable(&store, &key).await;
    }
    postgres.restart();
    assert_eq!(value(&store, &key).await, "1");
    warm_up(&store, &key).await;

    // Nobody noticed this one.
    postgres.restart();
    let committed = in_time(store.commit(&key, &set("3"))).await.unwrap();
    assert_eq!(committed, Committed::Applied { version: 2 });
    warm_up(&store, &key).await;
    postgres.restart();
    assert_eq!(value(&store, &key).await, "3");

    postgres.freeze();
    for _ in 0..2 {
        is_unavailable(&store, &key).await;
    }
    postgres.thaw();
    // What waited may have been applied: whole, and before all that comes now.
    assert!(["2", "3"].contains(&&*value(&store, &key).await));
    let committed = in_time(store.commit(&key, &set("4"))).await.unwrap();
    assert!(matches!(committed, Committed::Applied { .. }));
    assert_eq!(value(&store, &key).await, "4");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_processes_make_the_table_at_once_and_lose_no_update() {
    let postgres = Postgres::start();
    let (url, key) = (postgres.url(), key());
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        // Each has connections of its own, as a process has.
        let store = PostgresStore::open(&url).unwrap();
        let (store, key) = (store.deadline(Duration::from_secs(20)), key.clone());
        tasks.spawn(async move {
            store.create(&key, &set("0")).await.unwrap();
            for _ in 0..125 {
                while !count_up(&store, &key).await {}
            }
        });
    }
    tasks.join_all().await;
    let store = PostgresStore::open(&url).unwrap();
    assert_eq!(value(&store, &key).await, "1000");
}

/// `false` if another one came first.
async fn count_up(store: &PostgresStore, key: &StoreKey) -> bool {
    let snapshot = store.load(key, None).await.unwrap().unwrap();
    let text = snapshot.entries.get("a").unwrap();
    let count: u32 = std::str::from_utf8(text).unwrap().parse().unwrap();
    let commit = set((count + 1).to_string()).expect(snapshot.version);
    match store.commit(key, &commit).await.unwrap() {
        Committed::Applied { .. } => true,
        Committed::Conflict => false,
        Committed::Gone => panic!("the session is gone"),
    }
}

/// (2): a logout and a login at once leave no session behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_logout_and_a_rotation_at_once_leave_nothing_or_end_in_order() {
    let postgres = Postgres::start();
    let store = PostgresStore::open(&postgres.url()).unwrap();
    store.migrate().await.unwrap();
    for round in 0..100 {
        let id = Id::generate().unwrap();
        let (old, new) = (
            id.store_key(false),
            id.successor().unwrap().store_key(false),
        );
        store.create(&old, &set("1")).await.unwrap();
        let (logout, login) = (store.clone(), store.clone());
        let grace = Duration::from_secs(if round % 2 == 0 { 10 } else { 0 });
        let (by, from, to) = (old.clone(), old.clone(), new.clone());
        let logout = tokio::spawn(async move { logout.delete(&by).await });
        let login = tokio::spawn(async move { login.rotate(&from, &to, &set("2"), grace).await });
        let was_there = logout.await.unwrap().unwrap();
        login.await.unwrap().unwrap();
        if was_there {
            // By either key, in either order, a logout is a logout.
            assert_eq!(store.load(&old, None).await.unwrap(), None);
            assert_eq!(store.load(&new, None).await.unwrap(), None);
        }
    }
}
