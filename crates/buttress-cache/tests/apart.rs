//! What comes for a key of which nothing could be stored of late passes by; as soon
//! as something can be stored, it is.

mod support;

use buttress_cache::{
    BoxFuture, CacheLayer, Entry, Key, Lookup, MemoryStore, Purge, StatusMode, Store, StoreResult,
    Wanted,
};
use buttress_testing::{Gate, ScriptedBody};
use http::{Method, Request, StatusCode};
use std::{
    future::ready,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use support::{App, Asked, End, Got, Origin, Reply, Setup, get, reply};

const STORABLE: &str = "max-age=60";

/// Answers with the `Cache-Control` that the request asks for, and its number.
fn obliging() -> impl Fn(Asked) -> Reply + Clone + Send + 'static {
    let count = Arc::new(AtomicUsize::new(0));
    move |asked| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        let control = asked.headers()["x-answer"].to_str().unwrap();
        let fields = [("cache-control", control), ("vary", "cookie")];
        reply(fields, number.to_string())
    }
}

fn asking(control: &str) -> http::request::Builder {
    get("/").header("x-answer", control)
}

/// With all in `Cache-Status`, for which keys are made, and with less, when they are
/// not.
fn setups() -> [Setup; 2] {
    let short = |layer: CacheLayer| layer.status(StatusMode::Short);
    [Setup::new(), Setup::new().with(short)]
}

/// A key of which nothing could be stored.
async fn marked() -> App<impl Origin<Future: Send>> {
    let app = Setup::new().around(obliging());
    app.send(asking("no-store").end()).await;
    app
}

fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

#[tokio::test]
async fn what_can_be_stored_again_is_stored_by_the_second_request() {
    let app = marked().await;
    let got = app.send(asking("no-store").end()).await;
    assert_eq!(
        got.status_field(),
        "buttress;fwd=uri-miss;key=\"http://example.com/\";detail=no-store"
    );
    // The first one has passed before anybody knew.
    let got = app.send(asking(STORABLE).end()).await;
    assert_eq!(
        got.status_field(),
        "buttress;fwd=uri-miss;key=\"http://example.com/\";detail=hit-for-miss"
    );
    let got = app.send(asking(STORABLE).end()).await;
    assert!(got.status_field().contains(";stored"), "{got:?}");
    let got = app.send(asking(STORABLE).end()).await;
    assert!(got.is_hit());
    assert_eq!(got.body, "3");
}

/// As what is told with less in `Cache-Status`.
#[tokio::test]
async fn so_it_is_where_no_key_is_made() {
    for setup in setups() {
        let app = setup.around(obliging());
        for control in ["no-store", "no-store", STORABLE, STORABLE] {
            let got = app.send(asking(control).end()).await;
            assert!(
                got.status_field().starts_with("buttress;fwd=uri-miss"),
                "{got:?}"
            );
        }
        let got = app.send(asking(STORABLE).end()).await;
        assert!(got.is_hit());
        assert_eq!(got.body, "3");
        let stats = app.cache.stats();
        assert_eq!((stats.misses, stats.hits, stats.bypassed), (4, 1, 0));
    }
}

#[tokio::test]
async fn requests_of_http_2_pass_as_well() {
    for setup in setups() {
        let app = setup.around(obliging());
        let asking = |control| {
            let request = Request::get("http://example.com/").header("x-answer", control);
            request.end()
        };
        for control in ["no-store", "no-store", STORABLE, STORABLE] {
            assert!(!app.send(asking(control)).await.is_hit());
        }
        assert!(app.send(asking(STORABLE)).await.is_hit());
        // And share with those of HTTP/1.
        let got = app.send(get("/").header("x-answer", STORABLE).end()).await;
        assert!(got.is_hit());
    }
}

/// A mark that is made while the body of another variant comes does not hide it.
#[tokio::test]
async fn what_is_stored_meanwhile_is_found() {
    for setup in setups() {
        let gate = Gate::new();
        let app = setup.around({
            let gate = gate.clone();
            move |asked| {
                if asked.headers().contains_key("cookie") {
                    return reply([("cache-control", "private")], "mine");
                }
                let fields = [("cache-control", STORABLE), ("vary", "cookie")];
                let mut response = reply(fields, "");
                let body = ScriptedBody::new().data("for ").hold(&gate).data("all");
                *response.body_mut() = body;
                response
            }
        });
        let guest = app.start(get("/").end()).await;
        for _ in 0..2 {
            let user = get("/").header("cookie", "session=1").end();
            assert_eq!(app.send(user).await.body, "mine");
        }
        gate.open();
        assert_eq!(Got::read(guest).await.body, "for all");
        assert!(app.get("/").await.is_hit());
    }
}

#[tokio::test]
async fn when_the_mark_has_expired_the_first_one_is_stored() {
    let app = marked().await;
    app.clock.advance(seconds(10));
    app.send(asking(STORABLE).end()).await;
    assert!(app.send(asking(STORABLE).end()).await.is_hit());
}

#[tokio::test]
async fn each_answer_that_cannot_be_stored_makes_the_mark_last_longer() {
    let app = marked().await;
    for _ in 0..3 {
        app.clock.advance(seconds(9));
        app.send(asking("private").end()).await;
    }
    app.clock.advance(seconds(9));
    let got = app.send(asking(STORABLE).end()).await;
    assert!(got.status_field().contains("hit-for-miss"), "{got:?}");
}

/// The mark is made by most, and what few can share is stored all the same.
#[tokio::test]
async fn users_do_not_keep_from_the_store_what_is_for_guests() {
    for setup in setups() {
        let app = setup.around(obliging());
        let user = || asking("private").header("cookie", "session=1").end();
        let guest = || asking(STORABLE).end();
        let mut hits = 0;
        for _ in 0..10 {
            for _ in 0..20 {
                assert!(!app.send(user()).await.is_hit());
            }
            hits += u32::from(app.send(guest()).await.is_hit());
        }
        // The first one passes, the second one is stored.
        assert_eq!(hits, 8);
    }
}

#[tokio::test]
async fn another_variant_is_a_hit_beside_the_mark() {
    for setup in setups() {
        let app = setup.around(obliging());
        let guest = || asking(STORABLE).end();
        app.send(guest()).await;
        for _ in 0..2 {
            let user = asking("private").header("cookie", "session=1");
            app.send(user.end()).await;
            assert!(app.send(guest()).await.is_hit());
        }
    }
}

#[tokio::test]
async fn what_answers_one_request_alone_changes_no_mark() {
    let app = Setup::new().around(|asked| {
        let has = |name: &str| asked.headers().contains_key(name);
        let mut response = reply([("cache-control", STORABLE), ("etag", "\"a\"")], "body");
        *response.status_mut() = match () {
            () if has("if-none-match") => StatusCode::NOT_MODIFIED,
            () if has("range") => StatusCode::PARTIAL_CONTENT,
            () if has("x-fails") => StatusCode::SERVICE_UNAVAILABLE,
            () if has("x-first") => {
                let field = "no-store".parse().unwrap();
                response.headers_mut().insert("cache-control", field);
                StatusCode::OK
            }
            () => StatusCode::OK,
        };
        response
    });
    let with = |name| get("/").header(name, "\"a\"").end();
    app.send(with("x-first")).await;
    for (name, status) in [("if-none-match", 304), ("range", 206)] {
        // Sent on as it is, and its answer as well.
        let got = app.send(with(name)).await;
        assert_eq!(got.status.as_u16(), status, "{name}");
        assert!(got.status_field().contains("detail=status"), "{got:?}");
    }
    let head = Request::builder().method(Method::HEAD).uri("/");
    let got = app.send(head.header("host", "example.com").end()).await;
    assert!(got.status_field().contains("detail=request"), "{got:?}");
    // Still marked, for as long as from the first one.
    app.clock.advance(seconds(9));
    app.send(with("if-none-match")).await;
    app.clock.advance(seconds(1));
    assert!(app.get("/").await.status_field().contains("stored"));
}

#[tokio::test]
async fn head_marks_nothing_and_needs_no_mark_to_pass() {
    let app = Setup::new().around(|_| reply([("cache-control", "no-store")], ""));
    let head = Request::builder().method(Method::HEAD).uri("/");
    let got = app.send(head.header("host", "example.com").end()).await;
    assert!(got.status_field().contains("detail=request"), "{got:?}");
    let stats = app.cache.stats();
    assert_eq!((stats.misses, stats.bypassed), (1, 0));
    assert!(!app.get("/").await.status_field().contains("hit-for-miss"));
}

#[tokio::test]
async fn what_says_nothing_and_what_is_too_large_pass_as_well() {
    let setup = Setup::new().with(|layer| layer.largest_body(10));
    let app = setup.around(|asked| match asked.uri().path() {
        "/silent" => reply([("content-type", "text/plain")], "short"),
        _ => reply([("cache-control", STORABLE)], "longer than ten bytes"),
    });
    for (path, detail) in [("/silent", "never-fresh"), ("/large", "too-large")] {
        for _ in 0..3 {
            let got = app.get(path).await;
            assert!(got.status_field().contains(detail), "{got:?}");
        }
    }
}

#[tokio::test]
async fn without_hit_for_miss_there_are_no_marks() {
    let setup = Setup::new().with(|layer| layer.hit_for_miss(Duration::ZERO));
    let app = setup.around(obliging());
    app.send(asking("no-store").end()).await;
    app.send(asking(STORABLE).end()).await;
    assert!(app.send(asking(STORABLE).end()).await.is_hit());
}

#[tokio::test]
async fn only_if_cached_is_504_beside_the_mark() {
    for setup in setups() {
        let app = setup.around(obliging());
        app.send(asking("no-store").end()).await;
        let only = asking("no-store").header("cache-control", "only-if-cached");
        let got = app.send(only.end()).await;
        assert_eq!(got.status, StatusCode::GATEWAY_TIMEOUT);
    }
}

/// Knows nothing at once, nor later.
#[derive(Debug, Default)]
struct Elsewhere {
    first: MemoryStore,
    asked: AtomicUsize,
}

impl Store for Elsewhere {
    fn lookup(&self, wanted: &Wanted<'_>) -> Lookup {
        match self.first.lookup(wanted) {
            Lookup::Miss | Lookup::VariantMiss => Lookup::Ask,
            found => found,
        }
    }

    fn ask(&self, _: Wanted<'static>) -> BoxFuture<Option<Arc<Entry>>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Box::pin(ready(None))
    }

    fn put(&self, key: &Key, entry: Arc<Entry>) {
        self.first.put(key, entry);
    }

    fn purge(&self, purge: &Purge) -> BoxFuture<StoreResult> {
        self.first.purge(purge)
    }
}

#[tokio::test]
async fn a_second_tier_is_not_asked_for_what_is_never_stored() {
    for mode in [StatusMode::Full, StatusMode::Short] {
        a_second_tier_is_not_asked(mode).await;
    }
}

async fn a_second_tier_is_not_asked(mode: StatusMode) {
    let store = Arc::new(Elsewhere::default());
    let setup = Setup::over(CacheLayer::new(store.clone())).with(|layer| layer.status(mode));
    let app = setup.around(obliging());
    app.send(asking("no-store").end()).await;
    let asked = store.asked.load(Ordering::SeqCst);
    for _ in 0..10 {
        app.send(asking("no-store").end()).await;
    }
    assert_eq!(store.asked.load(Ordering::SeqCst), asked);
    // As soon as something can be stored it is asked again.
    app.send(asking(STORABLE).end()).await;
    app.send(asking(STORABLE).end()).await;
    assert!(store.asked.load(Ordering::SeqCst) > asked);
    assert!(app.send(asking(STORABLE).end()).await.is_hit());
}
