//! Whether `SyncIoLayer` does its work.

use crate::doors::Case;
use axum::body::Body;
use buttress_sync_io::{Mode, SyncIoLayer, flush_reports};
use buttress_testing::{Server, h1, h2};
use bytes::Bytes;
use http::{Request, Response};
use std::{convert::Infallible, net::SocketAddr, thread, time::Duration};

/// Each answer sleeps for a moment, which the layer counts.
#[derive(Clone, Debug)]
pub struct SyncIoCase {
    layer: SyncIoLayer,
}

impl Case for SyncIoCase {
    type Layer = SyncIoLayer;
    type Error = Infallible;

    fn new() -> Self {
        Self {
            layer: SyncIoLayer::new(Mode::Exact),
        }
    }

    fn layer(&self, enabled: bool) -> Self::Layer {
        self.layer.clone().enabled(enabled)
    }

    fn answer<B>(&self, _: Request<B>) -> Result<Response<Body>, Infallible> {
        thread::sleep(Duration::from_nanos(1));
        Ok(Response::new("slept".into()))
    }

    async fn works_over_h1(&self, addr: SocketAddr, path: &str) {
        let before = self.count();
        assert_eq!(over_h1(addr, path).await, "slept");
        assert_eq!(self.count(), before + 1);
    }

    async fn works_over_h2(&self, addr: SocketAddr, path: &str) {
        let before = self.count();
        let mut exchange = h2::Connection::open(addr).await.get(path, &[]).await;
        assert_eq!(exchange.body().await.complete(), "slept");
        assert_eq!(self.count(), before + 1);
    }

    async fn is_shared(&self, addr: SocketAddr, routes: [&str; 2]) {
        for path in routes {
            over_h1(addr, path).await;
        }
        assert_eq!(self.count(), 2);
    }

    async fn is_off(&self, server: Server, path: &str) {
        assert_eq!(over_h1(server.addr(), path).await, "slept");
        server.stop().await;
        assert_eq!(self.count(), 0);
    }
}

impl SyncIoCase {
    /// What was found until now.
    fn count(&self) -> u64 {
        assert!(flush_reports(Duration::from_secs(60)));
        self.layer.counters().total()
    }
}

async fn over_h1(addr: SocketAddr, path: &str) -> Bytes {
    let mut client = h1::Connection::open(addr).await;
    assert_eq!(client.get(path, &[]).await.status, 200);
    client.body().await.complete()
}
