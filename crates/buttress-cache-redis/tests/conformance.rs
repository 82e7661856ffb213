//! The kit for writers of stores, on Redis alone and behind a store in memory.

use buttress_cache::{MemoryStore, Tiered, store::conformance};
use buttress_cache_redis::RedisStore;
use buttress_testing::Redis;

async fn store(redis: &Redis) -> RedisStore {
    let store = RedisStore::open(&redis.url()).unwrap();
    assert!(store.connect().await);
    store
}

#[tokio::test]
async fn redis_alone_passes() {
    let redis = Redis::start();
    conformance::check(&store(&redis).await).await;
}

#[tokio::test]
async fn memory_before_redis_passes() {
    let redis = Redis::start();
    let tiered = Tiered::new(MemoryStore::new(), store(&redis).await);
    conformance::check(&tiered).await;
}

/// What is found comes from Redis, since each answer is asked of a new process.
#[tokio::test]
async fn a_first_tier_that_holds_nothing_passes() {
    let redis = Redis::start();
    let tiered = Tiered::new(MemoryStore::with_bytes(0), store(&redis).await);
    conformance::check(&tiered).await;
}
