//! What a 304, or the answer to HEAD, makes of what is stored.

mod support;

use buttress_cache::{
    BoxFuture, CacheLayer, CacheRules, Entry, Key, Lookup, MemoryStore, Purge, Store, StoreResult,
    Wanted,
};
use buttress_testing::Gate;
use http::{Request, StatusCode};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use support::{Asked, End, Reply, Setup, get, reply};

const STALE: Duration = Duration::from_secs(61);

/// Has one version, and says this beside a 200 and beside a 304.
fn origin(
    whole: (&'static str, &'static str),
    not_modified: (&'static str, &'static str),
) -> impl Fn(Asked) -> Reply + Clone + Send + 'static {
    move |asked| {
        let is_known = asked.headers().contains_key("if-none-match");
        let more = if is_known { not_modified } else { whole };
        let fields = [("cache-control", "max-age=60"), ("etag", "\"1\""), more];
        let is_sent = !is_known && asked.method() == "GET";
        let mut response = reply(fields, if is_sent { "the body" } else { "" });
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        response
    }
}

fn head() -> Asked {
    Request::head("/").header("host", "example.com").end()
}

fn of(language: &str) -> Asked {
    get("/").header("accept-language", language).end()
}

#[tokio::test]
async fn what_varies_by_more_since_a_304_answers_no_other_request() {
    let app = Setup::new().around(origin(("x-a", "1"), ("vary", "accept-language")));
    app.send(of("de")).await;
    app.clock.advance(STALE);
    let got = app.send(of("de")).await;
    assert_eq!((got.status.as_u16(), &*got.body), (200, &b"the body"[..]));
    assert_eq!(got.header("vary"), Some("accept-language"));
    assert!(!app.send(of("fr")).await.is_hit());
}

/// Many servers say less in a 304.
#[tokio::test]
async fn what_varies_by_less_in_a_304_is_told_apart_as_before() {
    let app = Setup::new().around(origin(("vary", "accept-language, x-a"), ("vary", "x-a")));
    app.send(of("de")).await;
    app.clock.advance(STALE);
    app.send(of("de")).await;
    assert!(app.send(of("de")).await.is_hit());
    assert!(!app.send(of("fr")).await.is_hit());
}

#[tokio::test]
async fn a_304_moves_it_into_other_groups() {
    for (group, is_in_it) in [("\"old\"", false), ("\"new\"", true)] {
        let app = Setup::new().around(move |asked| {
            if asked.method() == "POST" {
                return reply([("cache-group-invalidation", group)], "");
            }
            origin(("cache-groups", "\"old\""), ("cache-groups", "\"new\""))(asked)
        });
        app.get("/").await;
        app.clock.advance(STALE);
        app.get("/").await;
        assert!(app.get("/").await.is_hit());
        let post = Request::post("/other").header("host", "example.com");
        app.send(post.end()).await;
        assert_eq!(app.get("/").await.is_hit(), !is_in_it, "{group}");
    }
}

#[tokio::test]
async fn what_a_handler_said_of_the_lifetime_holds_after_head_and_after_a_304() {
    for is_head in [false, true] {
        let app = Setup::new().around(|asked| {
            let mut response = origin(("x-a", "1"), ("x-a", "2"))(asked);
            let is_whole = response.status() == StatusCode::OK;
            response.headers_mut().remove("cache-control");
            if is_whole {
                let rules = CacheRules::new().ttl(Duration::from_secs(60));
                response.extensions_mut().insert(rules);
            }
            response
        });
        app.get("/").await;
        app.clock.advance(STALE);
        let asked = if is_head { head() } else { get("/").end() };
        assert!(!app.send(asked).await.is_hit());
        app.clock.advance(Duration::from_secs(59));
        assert!(app.get("/").await.is_hit(), "by HEAD: {is_head}");
        assert_eq!(app.calls.count(), 2);
    }
}

/// A store that counts what it is told to write.
#[derive(Clone, Debug, Default)]
struct Counting {
    store: Arc<MemoryStore>,
    whole: Arc<AtomicUsize>,
    heads: Arc<AtomicUsize>,
    body: Arc<AtomicUsize>,
}

impl Store for Counting {
    fn lookup(&self, wanted: &Wanted<'_>) -> Lookup {
        self.store.lookup(wanted)
    }

    fn put(&self, key: &Key, entry: Arc<Entry>) {
        self.whole.fetch_add(1, SeqCst);
        self.body.store(entry.body_id() as usize, SeqCst);
        self.store.put(key, entry);
    }

    fn freshen(&self, key: &Key, entry: Arc<Entry>) {
        self.heads.fetch_add(1, SeqCst);
        assert_eq!(self.body.load(SeqCst), entry.body_id() as usize);
        self.store.freshen(key, entry);
    }

    fn purge(&self, purge: &Purge) -> BoxFuture<StoreResult> {
        self.store.purge(purge)
    }
}

/// It was asked for before that, and confirms what was there then.
#[tokio::test]
async fn a_304_that_comes_late_does_not_undo_what_came_meanwhile() {
    let gate = Gate::new();
    let app = Setup::new().around_async({
        let gate = gate.clone();
        move |asked: Asked| {
            let (gate, is_newer) = (gate.clone(), asked.headers().contains_key("x-newer"));
            async move {
                if is_newer {
                    let fields = [("cache-control", "max-age=60"), ("etag", "\"2\"")];
                    return reply(fields, "newer");
                }
                if asked.headers().contains_key("if-none-match") {
                    gate.pass().await;
                }
                origin(("x-a", "1"), ("x-a", "2"))(asked)
            }
        }
    });
    app.get("/").await;
    app.clock.advance(STALE);
    let late = tokio::spawn({
        let app = app.clone();
        async move { app.get("/").await }
    });
    gate.reached().await;
    let reload = get("/").header("cache-control", "no-cache");
    let got = app.send(reload.header("x-newer", "1").end()).await;
    assert_eq!(got.body, "newer");
    gate.open();
    assert_eq!(late.await.unwrap().body, "the body");
    let got = app.get("/").await;
    assert_eq!((got.is_hit(), &*got.body), (true, &b"newer"[..]));
}

#[tokio::test]
async fn a_store_hears_that_the_body_is_the_same() {
    let store = Counting::default();
    let app =
        Setup::over(CacheLayer::new(store.clone())).around(origin(("x-a", "1"), ("x-a", "2")));
    app.get("/").await;
    for asked in [get("/").end(), head(), get("/").end()] {
        app.clock.advance(STALE);
        assert!(!app.send(asked).await.is_hit());
    }
    let written = (store.whole.load(SeqCst), store.heads.load(SeqCst));
    assert_eq!(written, (1, 3));
}
