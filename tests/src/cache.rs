//! Whether `CacheLayer` does its work.

use crate::doors::Case;
use axum::body::Body;
use buttress_cache::{CacheLayer, MemoryStore, StatusMode};
use buttress_testing::{Server, h1, h2, wire::Head};
use bytes::Bytes;
use http::{Request, Response};
use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// A cache, and an origin whose answers are numbered.
#[derive(Clone, Debug)]
pub struct CacheCase {
    /// The layer.
    pub layer: CacheLayer,
    calls: Arc<AtomicUsize>,
}

impl Case for CacheCase {
    type Layer = CacheLayer;
    type Error = Infallible;

    fn new() -> Self {
        let layer = CacheLayer::new(MemoryStore::new()).original_uri();
        Self {
            layer: layer.status(StatusMode::Short),
            calls: Arc::default(),
        }
    }

    fn layer(&self, enabled: bool) -> Self::Layer {
        self.layer.clone().enabled(enabled)
    }

    fn answer<B>(&self, _: Request<B>) -> Result<Response<Body>, Infallible> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst).to_string();
        let mut response = Response::new(Body::from(number));
        let fresh = http::HeaderValue::from_static("max-age=60");
        response.headers_mut().insert("cache-control", fresh);
        Ok(response)
    }

    async fn works_over_h1(&self, addr: SocketAddr, path: &str) {
        let mut client = h1::Connection::open(addr).await;
        let mut ask = async || {
            let head = client.get(path, &[]).await;
            (head, client.body().await.complete())
        };
        is_stored(ask().await, ask().await);
    }

    async fn works_over_h2(&self, addr: SocketAddr, path: &str) {
        let mut client = h2::Connection::open(addr).await;
        let mut ask = async || {
            let mut exchange = client.get(path, &[]).await;
            let body = exchange.body().await.complete();
            (exchange.head, body)
        };
        is_stored(ask().await, ask().await);
    }

    async fn is_shared(&self, addr: SocketAddr, routes: [&str; 2]) {
        for path in routes {
            self.works_over_h1(addr, path).await;
        }
        let cache = self.layer.handle();
        assert_eq!((cache.stats().misses, cache.usage().keys), (2, 2));
    }

    async fn is_off(&self, server: Server, path: &str) {
        let mut client = h1::Connection::open(server.addr()).await;
        for number in ["0", "1"] {
            let head = client.get(path, &[]).await;
            assert_eq!(head.header("cache-status"), None);
            assert_eq!(client.body().await.complete(), number);
        }
        server.stop().await;
    }
}

/// The second answer is the first one, from the cache.
fn is_stored(first: (Head, Bytes), second: (Head, Bytes)) {
    assert_eq!(first.1, second.1);
    assert_eq!(second.0.header("cache-status"), Some("buttress;hit"));
    assert!(second.0.header("age").is_some());
}
