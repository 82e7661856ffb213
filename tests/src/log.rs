//! Whether `AccessLogLayer` does its work.

use crate::doors::Case;
use axum::body::Body;
use buttress_log::{AccessLogLayer, Guard, Handle, Writer};
use buttress_testing::{Server, h1, h2};
use http::{Request, Response};
use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// A log in memory.
#[derive(Clone, Debug)]
pub struct LogCase {
    layer: AccessLogLayer,
    handle: Handle,
    text: Text,
    guard: Arc<Guard>,
}

#[derive(Clone, Debug, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl io::Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Case for LogCase {
    type Layer = AccessLogLayer;
    type Error = Infallible;

    fn new() -> Self {
        let text = Text::default();
        let started = Writer::builder().to(text.clone());
        let (writer, guard) = started.expect("a thread can be started");
        let layer = AccessLogLayer::new(writer);
        Self {
            handle: layer.handle(),
            layer,
            text,
            guard: Arc::new(guard),
        }
    }

    fn layer(&self, enabled: bool) -> Self::Layer {
        self.layer.clone().enabled(enabled)
    }

    fn answer<B>(&self, request: Request<B>) -> Result<Response<Body>, Infallible> {
        let id = request.headers().get("x-request-id");
        let id = id.map_or("none", |id| id.to_str().unwrap_or("none"));
        Ok(Response::new(id.to_owned().into()))
    }

    async fn works_over_h1(&self, addr: SocketAddr, path: &str) {
        let mut client = h1::Connection::open(addr).await;
        let head = client.get(path, &[]).await;
        let sent = head.header("x-request-id").map(str::to_owned);
        let seen = client.body().await.complete();
        self.is_logged(path, sent.as_deref(), &seen);
    }

    async fn works_over_h2(&self, addr: SocketAddr, path: &str) {
        let mut exchange = h2::Connection::open(addr).await.get(path, &[]).await;
        let sent = exchange.head.header("x-request-id").map(str::to_owned);
        let seen = exchange.body().await.complete();
        self.is_logged(path, sent.as_deref(), &seen);
    }

    /// Of two requests one is chosen, whichever routes they take.
    async fn is_shared(&self, addr: SocketAddr, routes: [&str; 2]) {
        self.handle.set_sample(2);
        for path in routes {
            let mut client = h1::Connection::open(addr).await;
            assert_eq!(client.get(path, &[]).await.status, 200);
            assert!(!client.body().await.complete().is_empty());
        }
        assert_eq!(self.lines().len(), 1);
    }

    async fn is_off(&self, server: Server, path: &str) {
        let mut client = h1::Connection::open(server.addr()).await;
        let head = client.get(path, &[]).await;
        assert_eq!(head.header("x-request-id"), None);
        assert_eq!(client.body().await.complete(), "none");
        server.stop().await;
        assert!(self.lines().is_empty());
    }
}

impl LogCase {
    /// The handler, the client and the line have the same id.
    fn is_logged(&self, path: &str, sent: Option<&str>, seen: &[u8]) {
        let id = sent.expect("the response tells the id");
        assert_eq!(seen, id.as_bytes());
        let id = format!("\"request_id\":\"{id}\"");
        let target = format!("\"target\":\"{path}\"");
        let lines = self.lines();
        let line = lines.iter().find(|line| line.contains(&id));
        let line = line.unwrap_or_else(|| panic!("no line has {id}: {lines:#?}"));
        assert!(line.contains("\"outcome\":\"ok\""), "{line}");
        assert!(line.contains(&target), "{line}");
    }

    fn lines(&self) -> Vec<String> {
        let flushed = self.guard.flush(Duration::from_secs(10));
        flushed.expect("memory takes every line");
        let text = self.text.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&text);
        text.lines().map(str::to_owned).collect()
    }
}
