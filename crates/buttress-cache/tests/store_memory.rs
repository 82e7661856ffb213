//! The store in memory, against what every store has to do, and its own bounds.

use buttress_cache::{MemoryStore, Tiered, store::conformance};

#[tokio::test]
async fn memory_conforms() {
    conformance::check(&MemoryStore::new()).await;
}

#[tokio::test]
async fn two_tiers_conform() {
    conformance::check(&Tiered::new(MemoryStore::new(), MemoryStore::new())).await;
}
