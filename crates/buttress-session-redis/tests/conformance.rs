//! `RedisStore` keeps all that a store promises, and all that an app needs of it.

use buttress_session::{
    app_conformance, conformance::Harness, model_conformance, store_conformance,
};
use buttress_session_redis::RedisStore;
use buttress_testing::Redis;
use std::time::Duration;

struct OwnRedis {
    store: RedisStore,
    _server: Redis,
}

impl Harness for OwnRedis {
    type Store = RedisStore;

    const TICK: Duration = Duration::from_millis(250);

    async fn new() -> Self {
        let server = Redis::start();
        Self {
            // Tests want it done, however busy the machine is.
            store: RedisStore::open(&server.url())
                .unwrap()
                .deadline(Duration::from_secs(20)),
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
app_conformance!(OwnRedis);
model_conformance!(OwnRedis, 16);
