//! Whether `DrainLayer` does its work.

use crate::doors::Case;
use axum::body::Body;
use buttress_drain::{Drain, DrainLayer};
use buttress_testing::{Gate, Server, h1, h2};
use bytes::Bytes;
use futures_util::stream;
use http::{Request, Response};
use std::{convert::Infallible, net::SocketAddr, time::Duration};

/// A drain that lingers for longer than a test.
#[derive(Clone, Debug)]
pub struct DrainCase {
    /// The drain.
    pub drain: Drain,
    /// Where bodies stand that a query asks to wait.
    gate: Gate,
}

impl Case for DrainCase {
    type Layer = DrainLayer;
    type Error = Infallible;

    fn new() -> Self {
        let long = Duration::from_secs(600);
        Self {
            drain: Drain::new().linger(long).deadline(long),
            gate: Gate::new(),
        }
    }

    fn layer(&self, enabled: bool) -> Self::Layer {
        DrainLayer::new(self.drain.clone()).enabled(enabled)
    }

    /// The body says how much is in flight while it is polled.
    fn answer<B>(&self, request: Request<B>) -> Result<Response<Body>, Infallible> {
        let (drain, gate) = (self.drain.clone(), self.gate.clone());
        let waits = request.uri().query() == Some("wait");
        let in_flight = async move {
            if waits {
                gate.pass().await;
            }
            Ok::<_, Infallible>(drain.in_flight().to_string())
        };
        Ok(Response::new(Body::from_stream(stream::once(in_flight))))
    }

    async fn works_over_h1(&self, addr: SocketAddr, path: &str) {
        self.counts_and_says_over_h1(addr, path).await;
        self.drain.trigger();
        self.counts_and_says_over_h1(addr, path).await;
    }

    async fn works_over_h2(&self, addr: SocketAddr, path: &str) {
        let mut client = h2::Connection::open(addr).await;
        for _ in 0..2 {
            let mut exchange = client.get(path, &[]).await;
            self.was_counted(&exchange.body().await.complete());
            assert_eq!(exchange.head.header("connection"), None);
            self.drain.trigger();
        }
    }

    async fn is_shared(&self, addr: SocketAddr, routes: [&str; 2]) {
        let mut clients = Vec::new();
        for (index, path) in routes.iter().enumerate() {
            let mut client = h1::Connection::open(addr).await;
            client.get(&format!("{path}?wait"), &[]).await;
            assert_eq!(self.drain.in_flight(), index + 1);
            clients.push(client);
        }
        self.gate.open();
        for mut client in clients {
            assert_eq!(client.body().await.cut, None);
        }
        assert_eq!(self.drain.in_flight(), 0);
    }

    async fn is_off(&self, server: Server, path: &str) {
        self.drain.trigger();
        let mut client = h1::Connection::open(server.addr()).await;
        let head = client.get(path, &[]).await;
        assert_eq!(head.header("connection"), None);
        assert_eq!(client.body().await.complete(), "0");
        server.stop().await;
    }
}

impl DrainCase {
    async fn counts_and_says_over_h1(&self, addr: SocketAddr, path: &str) {
        let mut client = h1::Connection::open(addr).await;
        let head = client.get(path, &[]).await;
        self.was_counted(&client.body().await.complete());
        let closes = self.drain.phase().closes();
        assert_eq!(head.header("connection"), closes.then_some("close"));
        if closes {
            assert_eq!(client.raw().await, None);
        }
    }

    /// A request counts once for each layer around it, and then no more.
    fn was_counted(&self, body: &Bytes) {
        assert!(["1", "2"].contains(&&*String::from_utf8_lossy(body)));
        assert_eq!(self.drain.in_flight(), 0);
    }
}
