//! `ExpressStore` keeps what its capabilities promise, and says what it does not.
#![cfg(feature = "express")]

use buttress_session::{
    Capabilities, IdFormat, SessionStore, app_conformance, conformance::Harness, model_conformance,
    store_conformance,
};
use buttress_session_redis::{ExpressIds, ExpressStore};
use buttress_testing::Redis;
use std::{sync::Arc, time::Duration};

struct OwnRedis {
    store: ExpressStore,
    _server: Redis,
}

impl Harness for OwnRedis {
    type Store = ExpressStore;

    const TICK: Duration = Duration::from_millis(250);

    fn id_format() -> Option<Arc<dyn IdFormat>> {
        Some(Arc::new(ExpressIds::new("a secret that both apps know")))
    }

    async fn new() -> Self {
        let server = Redis::start();
        Self {
            // Tests want it done, however busy the machine is.
            store: ExpressStore::open(&server.url())
                .unwrap()
                .deadline(Duration::from_secs(20)),
            _server: server,
        }
    }

    fn store(&self) -> ExpressStore {
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

#[test]
fn what_express_cannot_do_is_not_promised() {
    let store = ExpressStore::open("redis://127.0.0.1:1").unwrap();
    let mut promised = Capabilities::ALL;
    promised.grace = false;
    promised.owners = false;
    promised.absolute_expiry = false;
    promised.raw_ids = true;
    assert_eq!(SessionStore::capabilities(&store), promised);
}
