//! Whether `EnvLayer` does its work.

use crate::doors::Case;
use axum::body::Body;
use buttress_env::{Env, EnvLayer, Loaded, Watched};
use buttress_testing::{Server, h1, h2};
use http::{Request, Response};
use serde::Deserialize;
use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

/// A configuration that is another one after each reload.
#[derive(Clone, Debug)]
pub struct EnvCase {
    config: Watched<Config>,
}

/// What a handler asks for.
#[derive(Debug, Deserialize)]
pub struct Config {
    reads: u32,
}

impl Case for EnvCase {
    type Layer = EnvLayer<Config>;
    type Error = Infallible;

    fn new() -> Self {
        let reads = Arc::new(AtomicU32::new(0));
        let env = Env::prefix("APP").read_with(move || {
            let reads = reads.fetch_add(1, Ordering::SeqCst) + 1;
            vec![("APP_READS".into(), reads.to_string().into())]
        });
        let config = env.load::<Config>().expect("the variable is a number");
        let config = config.watch();
        Self { config }
    }

    fn layer(&self, enabled: bool) -> Self::Layer {
        EnvLayer::watched(self.config.clone()).enabled(enabled)
    }

    fn answer<B>(&self, request: Request<B>) -> Result<Response<Body>, Infallible> {
        let config = request.extensions().get::<Loaded<Config>>();
        let reads = config.map_or_else(|| "none".into(), |config| config.reads.to_string());
        Ok(Response::new(reads.into()))
    }

    async fn works_over_h1(&self, addr: SocketAddr, path: &str) {
        assert_eq!(ask(addr, path).await, self.expected());
        self.reload();
        assert_eq!(ask(addr, path).await, self.expected());
    }

    async fn works_over_h2(&self, addr: SocketAddr, path: &str) {
        let mut exchange = h2::Connection::open(addr).await.get(path, &[]).await;
        assert_eq!(exchange.body().await.complete(), self.expected());
    }

    async fn is_shared(&self, addr: SocketAddr, routes: [&str; 2]) {
        self.reload();
        for path in routes {
            assert_eq!(ask(addr, path).await, "2");
        }
    }

    async fn is_off(&self, server: Server, path: &str) {
        assert_eq!(ask(server.addr(), path).await, "none");
        server.stop().await;
    }
}

impl EnvCase {
    fn reload(&self) {
        self.config.reload().expect("the variable is a number");
    }

    fn expected(&self) -> String {
        self.config.current().reads.to_string()
    }
}

async fn ask(addr: SocketAddr, path: &str) -> bytes::Bytes {
    let mut client = h1::Connection::open(addr).await;
    assert_eq!(client.get(path, &[]).await.status, 200);
    client.body().await.complete()
}
