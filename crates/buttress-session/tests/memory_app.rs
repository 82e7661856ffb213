//! `MemoryStore` keeps all that an app with sessions needs.
#![cfg(feature = "conformance")]

use buttress_session::{MemoryStore, app_conformance, conformance::Harness};
use std::time::Duration;

struct Memory(MemoryStore);

impl Harness for Memory {
    type Store = MemoryStore;

    async fn new() -> Self {
        tokio::time::pause();
        Self(MemoryStore::new())
    }

    fn store(&self) -> MemoryStore {
        self.0.clone()
    }

    async fn advance(&self, by: Duration) {
        tokio::time::advance(by).await;
    }
}

app_conformance!(Memory);
