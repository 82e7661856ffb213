//! `SqliteStore` keeps all that a store promises.
#![cfg(feature = "sqlite")]

use buttress_session::{conformance::Harness, store_conformance};
use buttress_session_sql::SqliteStore;
use std::time::Duration;
use tempfile::TempDir;

struct OwnFile {
    store: SqliteStore,
    _dir: TempDir,
}

impl Harness for OwnFile {
    type Store = SqliteStore;

    const TICK: Duration = Duration::from_millis(50);

    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self {
            store: SqliteStore::open(dir.path().join("sessions")),
            _dir: dir,
        }
    }

    fn store(&self) -> SqliteStore {
        self.store.clone()
    }

    /// Times in the file are those of the system's clock.
    async fn advance(&self, by: Duration) {
        tokio::time::sleep(by).await;
    }
}

store_conformance!(OwnFile);
