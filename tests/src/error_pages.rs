//! Whether `ErrorPageLayer` does its work.

use crate::doors::Case;
use axum::body::Body;
use buttress_proxy::ErrorPageLayer;
use buttress_testing::{Server, h1, h2};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// A response that something inside marks gets a page, and how often was asked is
/// counted: what goes wrong in a handler of axum is a response already.
#[derive(Clone, Debug)]
pub struct ErrorPageCase {
    layer: ErrorPageLayer,
    asked: Arc<AtomicUsize>,
}

#[derive(Clone)]
struct Marked;

const PAGE: &str = "<h1>Back soon</h1>";
const ACCEPT: (&str, &str) = ("accept", "text/html");

impl Case for ErrorPageCase {
    type Layer = ErrorPageLayer;
    type Error = Infallible;

    fn new() -> Self {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let layer = ErrorPageLayer::new()
            .html(StatusCode::SERVICE_UNAVAILABLE, PAGE)
            .replace(move |parts| {
                count.fetch_add(1, Ordering::SeqCst);
                parts.extensions.get::<Marked>().is_some()
            });
        Self { layer, asked }
    }

    fn layer(&self, enabled: bool) -> Self::Layer {
        self.layer.clone().enabled(enabled)
    }

    fn answer<B>(&self, _: Request<B>) -> Result<Response<Body>, Infallible> {
        let mut response = Response::new("own".into());
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response.extensions_mut().insert(Marked);
        Ok(response)
    }

    async fn works_over_h1(&self, addr: SocketAddr, path: &str) {
        assert_eq!(ask(addr, path).await, PAGE);
    }

    async fn works_over_h2(&self, addr: SocketAddr, path: &str) {
        let mut exchange = h2::Connection::open(addr).await.get(path, &[ACCEPT]).await;
        assert_eq!(exchange.body().await.complete(), PAGE);
    }

    /// Both routes ask the one function.
    async fn is_shared(&self, addr: SocketAddr, routes: [&str; 2]) {
        for (index, path) in routes.iter().enumerate() {
            assert_eq!(ask(addr, path).await, PAGE);
            assert_eq!(self.asked.load(Ordering::SeqCst), index + 1);
        }
    }

    async fn is_off(&self, server: Server, path: &str) {
        assert_eq!(ask(server.addr(), path).await, "own");
        assert_eq!(self.asked.load(Ordering::SeqCst), 0);
        server.stop().await;
    }
}

async fn ask(addr: SocketAddr, path: &str) -> Bytes {
    let mut client = h1::Connection::open(addr).await;
    assert_eq!(client.get(path, &[ACCEPT]).await.status, 503);
    client.body().await.complete()
}
