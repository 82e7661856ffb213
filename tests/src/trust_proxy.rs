//! Whether `TrustProxyLayer` does its work.

use crate::doors::Case;
use axum::body::Body;
use buttress_testing::{Server, h1, h2};
use buttress_trust_proxy::{ClientInfo, Trust, TrustProxyLayer};
use http::{Request, Response};
use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// One hop is trusted, wherever it is, and how often that was asked is counted: the
/// servers of these tests tell no addresses.
#[derive(Clone, Debug)]
pub struct TrustProxyCase {
    layer: TrustProxyLayer,
    asked: Arc<AtomicUsize>,
}

const FIELDS: [(&str, &str); 2] = [
    ("x-forwarded-for", "6.6.6.6, 203.0.113.7"),
    ("x-forwarded-proto", "https"),
];
const SEEN: &str = "203.0.113.7 https 203.0.113.7";

impl Case for TrustProxyCase {
    type Layer = TrustProxyLayer;
    type Error = Infallible;

    fn new() -> Self {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let trust = Trust::function(move |_, hop| {
            count.fetch_add(1, Ordering::SeqCst);
            hop == 0
        });
        Self {
            layer: TrustProxyLayer::new(trust),
            asked,
        }
    }

    fn layer(&self, enabled: bool) -> Self::Layer {
        self.layer.clone().enabled(enabled)
    }

    fn answer<B>(&self, request: Request<B>) -> Result<Response<Body>, Infallible> {
        let field = request.headers().get("x-forwarded-for");
        let field = field.map_or("none", |it| it.to_str().unwrap_or("none"));
        let text = match request.extensions().get::<ClientInfo>() {
            Some(info) => {
                let address = info.address().map(|it| it.to_string());
                format!("{} {} {field}", address.unwrap_or_default(), info.scheme())
            }
            None => format!("nobody {field}"),
        };
        Ok(Response::new(text.into()))
    }

    async fn works_over_h1(&self, addr: SocketAddr, path: &str) {
        assert_eq!(ask(addr, path).await, SEEN);
    }

    async fn works_over_h2(&self, addr: SocketAddr, path: &str) {
        let mut exchange = h2::Connection::open(addr).await.get(path, &FIELDS).await;
        assert_eq!(exchange.body().await.complete(), SEEN);
    }

    /// Both routes ask the one function: of the peer, and of the client.
    async fn is_shared(&self, addr: SocketAddr, routes: [&str; 2]) {
        for (index, path) in routes.iter().enumerate() {
            assert_eq!(ask(addr, path).await, SEEN);
            assert_eq!(self.asked.load(Ordering::SeqCst), 2 * (index + 1));
        }
    }

    async fn is_off(&self, server: Server, path: &str) {
        let seen = ask(server.addr(), path).await;
        assert_eq!(seen, "nobody 6.6.6.6, 203.0.113.7");
        server.stop().await;
    }
}

async fn ask(addr: SocketAddr, path: &str) -> String {
    let mut client = h1::Connection::open(addr).await;
    assert_eq!(client.get(path, &FIELDS).await.status, 200);
    let body = client.body().await.complete();
    String::from_utf8_lossy(&body).into_owned()
}
