//! Several processes share one SQLite file.
#![cfg(feature = "sqlite")]

use buttress_session::{Commit, Committed, Op, SessionStore, StoreKey, Ttl};
use buttress_session_sql::SqliteStore;
use std::{
    env,
    path::Path,
    process::{Child, Command},
    time::Duration,
};

const TTL: Ttl = Ttl::idle(Duration::from_secs(60));
const FILE: &str = "BUTTRESS_TEST_FILE";
const UPDATES: u32 = 250;

fn key() -> StoreKey {
    StoreKey::hashed(b"shared")
}

/// Creates the session unless another process did, and counts it up.
async fn count_up(path: &Path) {
    let store = SqliteStore::open(path).deadline(Duration::from_secs(20));
    let zero = Commit::new(TTL).ops(vec![Op::set("n", "0")]);
    store.create(&key(), &zero).await.unwrap();
    for _ in 0..UPDATES {
        while !count_up_once(&store).await {}
    }
}

/// `false` if another one came first.
async fn count_up_once(store: &SqliteStore) -> bool {
    let snapshot = store.load(&key(), None).await.unwrap().unwrap();
    let next = count(&snapshot.entries) + 1;
    let commit = Commit::new(TTL).ops(vec![Op::set("n", next.to_string())]);
    match store
        .commit(&key(), &commit.expect(snapshot.version))
        .await
        .unwrap()
    {
        Committed::Applied { .. } => true,
        Committed::Conflict => false,
        Committed::Gone => panic!("the session is gone"),
    }
}

fn count(entries: &buttress_session::Entries) -> u32 {
    let text = entries.get("n").unwrap();
    std::str::from_utf8(text).unwrap().parse().unwrap()
}

/// This very test, in a process of its own, with the file in its environment.
fn process(path: &Path) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "four_processes_on_one_new_file_lose_nothing"]);
    command.env(FILE, path).spawn().unwrap()
}

#[tokio::test]
async fn four_processes_on_one_new_file_lose_nothing() {
    if let Some(path) = env::var_os(FILE) {
        return count_up(path.as_ref()).await;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sessions");
    // Each finds no table, and makes it.
    let mut others = [process(&path), process(&path), process(&path)];
    count_up(&path).await;
    for other in &mut others {
        assert!(other.wait().unwrap().success());
    }
    let store = SqliteStore::open(&path);
    let snapshot = store.load(&key(), None).await.unwrap().unwrap();
    assert_eq!(count(&snapshot.entries), 4 * UPDATES);
}
