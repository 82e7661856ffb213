//! What each test of [`app_conformance!`](crate::app_conformance) does: requests
//! through the layer, over a store that counts and fails.

pub mod at_once;
mod browser;
pub mod cookies;
pub mod dropped;
pub mod failures;
pub mod lives;
pub mod trips;

pub use browser::{Browser, Reply};

use super::{Fault, Faulty, Harness};
use crate::{Key, SessionLayer, store::SessionStore};
use http::StatusCode;
use std::time::Duration;

const A: Key<u32> = Key::new("a");
const B: Key<u32> = Key::new("b");
const USER: Key<String> = Key::new("user");

/// An app whose sessions live for ten ticks.
struct App<H: Harness> {
    harness: H,
    store: Faulty<H::Store>,
    layer: SessionLayer,
}

impl<H: Harness> App<H> {
    fn new(harness: H) -> Self {
        let store = Faulty::new(harness.store());
        let layer = SessionLayer::new(store.clone())
            .idle(H::TICK * 10)
            .grace(H::TICK * 5)
            // A test that does not ask for a deadline must not meet it.
            .deadline(Duration::from_secs(60));
        let layer = match H::id_format() {
            Some(format) => layer.id_format(format),
            None => layer,
        };
        Self {
            harness,
            store,
            layer,
        }
    }

    fn browser(&self) -> Browser {
        Browser::new(self.layer.clone())
    }

    fn promises(&self) -> crate::Capabilities {
        self.store.capabilities()
    }

    /// A browser with a session in which `a` is 1.
    async fn visitor(&self) -> Browser {
        let mut browser = self.browser();
        let reply = browser
            .send(|session| async move {
                session.set(A, &1).expect("recorded");
                StatusCode::OK
            })
            .await;
        assert_eq!(reply.status, StatusCode::OK);
        assert!(reply.cookie.is_some(), "a new session has a cookie");
        let _ = self.store.take_trips();
        browser
    }

    /// What a browser's next request reads.
    async fn reads(&self, browser: &Browser, key: Key<u32>) -> Option<u32> {
        let (sender, receiver) = std::sync::mpsc::channel();
        let reply = browser
            .request(move |session| async move {
                sender.send(session.get(key).await).expect("the test waits");
                StatusCode::OK
            })
            .await;
        assert_eq!(reply.status, StatusCode::OK);
        receiver.recv().expect("sent above").expect("read")
    }
}
