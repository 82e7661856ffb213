//! (20): what is in the file, when it cannot be read, and when it is locked.
#![cfg(feature = "sqlite")]

use buttress_session::{
    Commit, Committed, Created, Id, Op, OwnerChange, Rotated, SessionStore, StoreErrorKind,
    StoreKey, Ttl,
};
use buttress_session_sql::SqliteStore;
use sqlx::{Connection, SqliteConnection};
use std::time::Duration;
use tempfile::TempDir;

const TTL: Ttl = Ttl::idle(Duration::from_secs(60));

struct File {
    dir: TempDir,
    store: SqliteStore,
}

impl File {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(dir.path().join("sessions"));
        Self { dir, store }
    }

    /// Somebody else's hand.
    async fn hand(&self) -> SqliteConnection {
        let url = format!("sqlite://{}/sessions", self.dir.path().display());
        SqliteConnection::connect(&url).await.unwrap()
    }
}

fn key() -> StoreKey {
    Id::generate().unwrap().store_key(false)
}

fn set(value: impl Into<String>) -> Commit {
    Commit::new(TTL).ops(vec![Op::set("a", value.into())])
}

async fn value(store: &SqliteStore, key: &StoreKey) -> String {
    let snapshot = store.load(key, None).await.unwrap().unwrap();
    String::from_utf8(snapshot.entries.get("a").unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_corrupt_and_stays() {
    let (file, key) = (File::new(), key());
    for entries in ["", "{\"a\":", "[1]", "{\"a\":1}}"] {
        file.store.create(&key, &set("1")).await.unwrap();
        let spoil = sqlx::query("UPDATE buttress_session SET entries = $1").bind(entries);
        let mut hand = file.hand().await;
        spoil.execute(&mut hand).await.unwrap();
        let new = Id::generate().unwrap().store_key(false);
        let kinds = [
            file.store.load(&key, None).await.unwrap_err().kind(),
            file.store.commit(&key, &set("2")).await.unwrap_err().kind(),
            file.store
                .rotate(&key, &new, &set("2"), TTL.idle)
                .await
                .unwrap_err()
                .kind(),
        ];
        assert_eq!(kinds, [StoreErrorKind::Corrupt; 3]);
        assert_eq!(
            file.store.create(&key, &set("2")).await.unwrap(),
            Created::Exists
        );
        let left = sqlx::query_scalar::<_, String>("SELECT entries FROM buttress_session");
        assert_eq!(left.fetch_all(&mut hand).await.unwrap(), [entries]);
        assert!(file.store.delete(&key).await.unwrap());
    }
}

#[tokio::test]
async fn a_locked_file_is_not_available_for_writes_and_can_be_read() {
    let (file, key) = (File::new(), key());
    let store = file.store.clone().deadline(Duration::from_millis(300));
    store.create(&key, &set("1")).await.unwrap();
    let mut hand = file.hand().await;
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut hand)
        .await
        .unwrap();
    let error = store.commit(&key, &set("2")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert_eq!(value(&store, &key).await, "1");
    sqlx::query("ROLLBACK").execute(&mut hand).await.unwrap();
    let committed = file.store.commit(&key, &set("3")).await.unwrap();
    assert!(matches!(committed, Committed::Applied { .. }));
    assert_eq!(value(&store, &key).await, "3");
}

/// (20): the outage that a sweep met is over for the next one.
#[tokio::test]
async fn sweeping_goes_on_after_an_error() {
    let file = File::new();
    let store = file.store.clone().deadline(Duration::from_millis(300));
    for _ in 0..5 {
        let over = Commit::new(Ttl::idle(Duration::ZERO));
        store.create(&key(), &over).await.unwrap();
    }
    let mut hand = file.hand().await;
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut hand)
        .await
        .unwrap();
    assert!(store.sweep(2).await.is_err());
    sqlx::query("ROLLBACK").execute(&mut hand).await.unwrap();
    // What nobody waited for any more may have been done meanwhile.
    loop {
        let swept = file.store.sweep(2).await.unwrap();
        assert!(swept.removed <= 2);
        if !swept.has_more {
            break;
        }
    }
    let left = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM buttress_session");
    assert_eq!(left.fetch_one(&mut hand).await.unwrap(), 0);
}

#[tokio::test]
async fn too_large_a_session_is_refused_and_stays_as_it_was() {
    let (file, key) = (File::new(), key());
    let store = file.store.clone().session_bytes(100);
    store.create(&key, &set("1")).await.unwrap();
    let error = store.commit(&key, &set("2".repeat(100))).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::TooLarge);
    assert_eq!(value(&store, &key).await, "1");
    store.commit(&key, &set("2".repeat(99))).await.unwrap();
}

#[tokio::test]
async fn a_file_of_somebody_else_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("letter");
    let text = "Dear Ada, this is no database at all. ".repeat(100);
    std::fs::write(&path, &text).unwrap();
    let store = SqliteStore::open(&path);
    let error = store.create(&key(), &set("1")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Backend);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test]
async fn a_directory_that_is_not_there_is_not_available_until_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path().join("later/sessions"));
    let error = store.create(&key(), &set("1")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    std::fs::create_dir(dir.path().join("later")).unwrap();
    store.create(&key(), &set("1")).await.unwrap();
}

#[tokio::test]
async fn the_table_is_made_once_and_its_data_stay() {
    let (file, key) = (File::new(), key());
    file.store.migrate().await.unwrap();
    let bind = set("1").owner(OwnerChange::Bind("ada".into()));
    file.store.create(&key, &bind).await.unwrap();
    let again = SqliteStore::open(file.dir.path().join("sessions"));
    again.migrate().await.unwrap();
    assert_eq!(value(&again, &key).await, "1");
    assert_eq!(again.list_by_owner("ada", 10).await.unwrap()[0].key, key);
}

#[tokio::test]
async fn a_table_that_was_dropped_is_made_again() {
    let (file, key) = (File::new(), key());
    file.store.create(&key, &set("1")).await.unwrap();
    let drop = "DROP TABLE buttress_session; DROP TABLE buttress_session_schema";
    sqlx::Executor::execute(&mut file.hand().await, drop)
        .await
        .unwrap();
    assert!(file.store.load(&key, Some(TTL)).await.unwrap().is_none());
    file.store.create(&key, &set("2")).await.unwrap();
    assert_eq!(value(&file.store, &key).await, "2");
}

/// Names and owners are data, whatever is in them.
#[tokio::test]
async fn odd_names_and_owners_come_back_as_they_are() {
    let (file, key) = (File::new(), key());
    let odd = [
        "",
        "'; DROP TABLE buttress_session --",
        "\0\r\n\"}{$1?",
        "ключ",
    ];
    let ops = odd.iter().map(|name| Op::set(*name, "1")).collect();
    let commit = Commit::new(TTL).ops(ops);
    file.store.create(&key, &commit).await.unwrap();
    for owner in odd {
        let bind = Commit::new(TTL).owner(OwnerChange::Bind(owner.into()));
        file.store.commit(&key, &bind).await.unwrap();
        let snapshot = file.store.load(&key, None).await.unwrap().unwrap();
        assert_eq!(snapshot.owner.as_deref(), Some(owner));
        assert!(odd.iter().all(|name| snapshot.entries.get(name).is_some()));
        assert_eq!(file.store.list_by_owner(owner, 9).await.unwrap().len(), 1);
    }
    assert_eq!(file.store.delete_by_owner("ключ", None).await.unwrap(), 1);
}

#[tokio::test]
async fn no_time_is_too_long() {
    let (file, key) = (File::new(), key());
    let store = file.store.clone().deadline(Duration::MAX);
    let ttl = Ttl::idle(Duration::MAX).absolute(Duration::MAX);
    store.create(&key, &Commit::new(ttl)).await.unwrap();
    let new = Id::generate().unwrap().store_key(false);
    let commit = Commit::new(ttl);
    let rotated = store.rotate(&key, &new, &commit, Duration::MAX);
    assert!(matches!(rotated.await.unwrap(), Rotated::Applied { .. }));
    assert!(store.load(&key, Some(ttl)).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_may_open_a_new_file_at_once() {
    for _ in 0..30 {
        let dir = tempfile::tempdir().unwrap();
        let opened = (0..6).map(|_| {
            let store = SqliteStore::open(dir.path().join("sessions"));
            tokio::spawn(async move {
                let key = key();
                store.create(&key, &set("1")).await
            })
        });
        for created in opened.collect::<Vec<_>>() {
            assert_eq!(created.await.unwrap().unwrap(), Created::Created);
        }
    }
}
