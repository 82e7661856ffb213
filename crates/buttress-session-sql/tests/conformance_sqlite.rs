//! `SqliteStore` keeps all that a store promises, and all that an app needs of it.
#![cfg(feature = "sqlite")]

use buttress_session::{
    app_conformance, conformance::Harness, model_conformance, store_conformance,
};
use buttress_session_sql::SqliteStore;
use std::time::Duration;
use tempfile::TempDir;

struct OwnFile {
    store: SqliteStore,
    _dir: TempDir,
}

impl Harness for OwnFile {
    type Store = SqliteStore;

    const TICK: Duration = Duration::from_millis(250);

    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self {
            // Tests want it done, however busy the machine is.
            store: SqliteStore::open(dir.path().join("sessions")).deadline(Duration::from_secs(20)),
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
app_conformance!(OwnFile);
model_conformance!(OwnFile, 16);
