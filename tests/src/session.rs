//! Whether `SessionLayer` does its work.

use crate::doors::Case;
use axum::body::Body;
use buttress_session::{
    Cookie, Id, Key, MemoryStore, Session, SessionLayer, SessionStore, Snapshot,
};
use buttress_testing::{Server, h1, h2, wire::Head};
use http::{Request, Response};
use std::{convert::Infallible, net::SocketAddr};

const A: Key<String> = Key::new("a");
const B: Key<String> = Key::new("b");

/// An app that keeps in a session where a visitor was.
#[derive(Clone, Debug)]
pub struct SessionCase {
    store: MemoryStore,
    layer: SessionLayer,
}

impl Case for SessionCase {
    type Layer = SessionLayer;
    type Error = Infallible;

    fn new() -> Self {
        let cookie = Cookie::named("sid").build().expect("a valid cookie");
        let store = MemoryStore::new();
        Self {
            layer: SessionLayer::new(store.clone()).cookie(cookie),
            store,
        }
    }

    fn layer(&self, enabled: bool) -> Self::Layer {
        self.layer.clone().enabled(enabled)
    }

    fn answer<T>(&self, request: Request<T>) -> Result<Response<Body>, Infallible> {
        let Ok(session) = Session::from_request(&request) else {
            return Ok(Response::new("none".into()));
        };
        let key = if request.uri().path() == "/b" { B } else { A };
        let path = request.uri().path().to_owned();
        session.set(key, &path).expect("the head has not left");
        Ok(Response::new("set".into()))
    }

    async fn works_over_h1(&self, addr: SocketAddr, path: &str) {
        let cookie = ask(addr, path, &[]).await;
        let cookie = cookie.expect("a new session has a cookie");
        let again = ask(addr, path, &[("cookie", &cookie)]).await;
        assert_eq!(again, None, "the client knows its id");
        assert_eq!(self.stored(&cookie).await.version, 2);
    }

    async fn works_over_h2(&self, addr: SocketAddr, path: &str) {
        let mut client = h2::Connection::open(addr).await;
        let mut exchange = client.get(path, &[]).await;
        assert_eq!(exchange.body().await.complete(), "set");
        let cookie = pair(&exchange.head).expect("a new session has a cookie");
        // HTTP/2 may split the field.
        let split = [("cookie", "other=1"), ("cookie", &*cookie)];
        let mut again = client.get(path, &split).await;
        assert_eq!(again.body().await.complete(), "set");
        assert_eq!(again.head.header("set-cookie"), None);
        assert_eq!(self.stored(&cookie).await.version, 2);
    }

    async fn is_shared(&self, addr: SocketAddr, routes: [&str; 2]) {
        let cookie = ask(addr, routes[0], &[]).await;
        let cookie = cookie.expect("a new session has a cookie");
        ask(addr, routes[1], &[("cookie", &cookie)]).await;
        assert_eq!(self.stored(&cookie).await.entries.len(), 2);
        assert_eq!(self.store.len(), 1);
    }

    async fn is_off(&self, server: Server, path: &str) {
        let mut client = h1::Connection::open(server.addr()).await;
        let head = client.get(path, &[]).await;
        assert_eq!(head.header("set-cookie"), None);
        assert_eq!(client.body().await.complete(), "none");
        server.stop().await;
    }
}

impl SessionCase {
    async fn stored(&self, cookie: &str) -> Snapshot {
        let (_, id) = cookie.split_once('=').expect("a pair");
        let key = Id::parse(id.as_bytes()).expect("an id").store_key(false);
        let loaded = self.store.load(&key, None).await;
        loaded.expect("memory does not fail").expect("it is there")
    }
}

/// The cookie that is set, as the client sends it back.
async fn ask(addr: SocketAddr, path: &str, fields: &[(&str, &str)]) -> Option<String> {
    let mut client = h1::Connection::open(addr).await;
    let head = client.get(path, fields).await;
    assert_eq!(client.body().await.complete(), "set");
    pair(&head)
}

fn pair(head: &Head) -> Option<String> {
    let pair = head.header("set-cookie")?.split(';').next();
    pair.map(str::to_owned)
}
