//! `PostgresStore` keeps all that a store promises, and all that an app needs of it.
#![cfg(feature = "postgres")]

use buttress_session::{
    app_conformance, conformance::Harness, model_conformance, store_conformance,
};
use buttress_session_sql::PostgresStore;
use buttress_testing::Postgres;
use std::{
    sync::{
        Arc, LazyLock, Mutex, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// One server for all tests that run at once, since it takes a second to make one.
static SERVER: LazyLock<Mutex<Weak<Postgres>>> = LazyLock::new(Mutex::default);

struct Shared {
    store: PostgresStore,
    _server: Arc<Postgres>,
}

fn server() -> Arc<Postgres> {
    let mut server = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
    server.upgrade().unwrap_or_else(|| {
        let new = Arc::new(Postgres::start());
        *server = Arc::downgrade(&new);
        new
    })
}

impl Harness for Shared {
    type Store = PostgresStore;

    const TICK: Duration = Duration::from_millis(500);

    async fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let server = server();
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        Self {
            store: PostgresStore::open(&server.database(&name))
                .unwrap()
                // Tests want it done, however busy the machine is.
                .deadline(Duration::from_secs(20)),
            _server: server,
        }
    }

    fn store(&self) -> PostgresStore {
        self.store.clone()
    }

    /// Times in the table are those of the system's clock.
    async fn advance(&self, by: Duration) {
        tokio::time::sleep(by).await;
    }
}

store_conformance!(Shared);
app_conformance!(Shared);
model_conformance!(Shared, 4);
