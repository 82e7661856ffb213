//! `RedisStore` keeps all that a store promises.

use buttress_session::{conformance::Harness, store_conformance};
use buttress_session_redis::RedisStore;
use buttress_testing::Redis;
use std::time::Duration;

struct OwnRedis {
    store: RedisStore,
    _server: Redis,
}

impl Harness for OwnRedis {
    type Store = RedisStore;

    const TICK: Duration = Duration::from_millis(50);

    async fn new() -> Self {
        let server = Redis::start();
        Self {
            store: RedisStore::open(&server.url()).unwrap(),
            _server: server,
        }
    }

    fn store(&self) -> RedisStore {
        self.store.clone()
    }

    /// Redis has a clock of its own.
    async fn advance(&self, by: Duration) {
        tokio::time::sleep(by).await;
    }
}

store_conformance!(OwnRedis);
