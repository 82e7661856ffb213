//! `MemoryStore` does what a model of sessions says.
#![cfg(feature = "conformance")]

use buttress_session::{MemoryStore, conformance::Harness, model_conformance};
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

model_conformance!(Memory, 300);
