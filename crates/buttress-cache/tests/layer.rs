//! The contracts that every layer keeps, and what the layer tells.

mod support;

use buttress_cache::{
    Cache, CacheLayer, Cached, Entry, Head, Key, MemoryStore, ResponseBody, ResponseFuture,
    StatusMode, Tiered,
};
use buttress_testing::{ScriptedBody, body::Awkward, collect, service::ready_fn};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use static_assertions::{assert_impl_all, assert_not_impl_any};
use std::{cell::Cell, convert::Infallible, fmt::Debug, future::ready, rc::Rc};
use support::{End, Setup, counting, fresh, get};
use tower::{Layer, Service, ServiceExt};

assert_impl_all!(CacheLayer: Clone, Debug, Send, Sync);
assert_impl_all!(Cache: Clone, Debug, Send, Sync);
assert_impl_all!(Cached<()>: Clone, Debug, Send, Sync);
assert_impl_all!(Cached<Cell<u8>>: Send);
assert_impl_all!(ResponseFuture<Cell<u8>, Cell<u8>, Cell<u8>>: Debug, Send);
assert_impl_all!(ResponseBody<Awkward<ScriptedBody>>: Debug, Send);
assert_impl_all!(MemoryStore: Debug, Default, Send, Sync);
assert_impl_all!(Tiered<MemoryStore, MemoryStore>: Debug, Send, Sync);
assert_impl_all!(Entry: Clone, Debug, Send, Sync);
assert_impl_all!(Head: Clone, Debug, Send, Sync);
assert_impl_all!(Key: Clone, Debug, Eq, std::hash::Hash, Send, Sync);
assert_not_impl_any!(ResponseBody<Rc<()>>: Send);

const FRESH: [(&str, &str); 1] = [("cache-control", "max-age=60")];

/// Neither `Sync` nor `Unpin`, and called only when it was polled ready.
fn awkward() -> impl Service<
    Request<Full<Bytes>>,
    Response = Response<Awkward<ScriptedBody>>,
    Error = Infallible,
    Future: Send,
> + Clone
+ Send {
    let inner = |_: Request<Full<Bytes>>| {
        let body = Awkward::new(ScriptedBody::new().data("a").pause().data("b"));
        let response = Response::builder().header("cache-control", "max-age=60");
        ready(Ok(response.body(body).unwrap()))
    };
    ready_fn(inner).pauses(2)
}

#[tokio::test]
async fn bodies_need_be_neither_sync_nor_unpin() {
    let service = CacheLayer::new(MemoryStore::new()).layer(awkward());
    for _ in 0..3 {
        let response = service.clone().oneshot(get("/").end()).await.unwrap();
        assert_eq!(collect(response.into_body()).await.complete(), "ab");
    }
}

#[tokio::test]
async fn one_service_is_called_again_and_again() {
    let mut service = CacheLayer::new(MemoryStore::new()).layer(awkward());
    for path in ["/", "/", "/other", "/"] {
        let service = service.ready().await.unwrap();
        let response = service.call(get(path).end()).await.unwrap();
        assert_eq!(collect(response.into_body()).await.complete(), "ab");
    }
}

#[tokio::test]
async fn off_it_passes_everything_and_keeps_nothing() {
    let app = Setup::new()
        .with(|layer| layer.enabled(false))
        .around(counting(FRESH));
    for number in ["0", "1"] {
        let got = app.get("/").await;
        assert_eq!(
            (&*got.body, got.header("cache-status")),
            (number.as_bytes(), None)
        );
    }
    assert_eq!(app.cache.stats(), buttress_cache::Stats::default());
}

#[tokio::test]
async fn two_services_of_one_layer_share_the_store() {
    let setup = Setup::new();
    let (one, other) = (
        setup.around(|_| fresh("one")),
        setup.around(|_| fresh("other")),
    );
    one.get("/").await;
    assert_eq!(other.get("/").await.body, "one");
}

#[test]
fn without_a_runtime_it_stores_and_serves() {
    let app = Setup::new().around(counting(FRESH));
    support::without_runtime(async {
        for _ in 0..3 {
            assert_eq!(app.get("/").await.body, "0");
        }
        app.clock.advance(std::time::Duration::from_secs(60));
        assert_eq!(app.get("/").await.body, "1");
    });
}

#[tokio::test]
async fn an_answer_without_a_body_is_over_at_once() {
    let app = Setup::new().around(|_| {
        let mut response = fresh("");
        *response.status_mut() = http::StatusCode::NO_CONTENT;
        response
    });
    for is_hit in [false, true] {
        let response = app.start(get("/").end()).await;
        assert!(response.body().is_end_stream());
        assert_eq!(response.body().size_hint().exact(), Some(0));
        let got = support::Got::read(response).await;
        assert_eq!((got.is_hit(), got.header("content-length")), (is_hit, None));
    }
}

#[tokio::test]
async fn a_body_knows_its_size_when_the_origin_does() {
    let app = Setup::new().around(|_| fresh("12345"));
    for _ in 0..2 {
        let mut body = app.start(get("/").end()).await.into_body();
        assert_eq!(body.size_hint().exact(), Some(5));
        body.frame().await.unwrap().unwrap();
        assert!(body.is_end_stream());
        assert_eq!(body.size_hint().exact(), Some(0));
    }
}

#[tokio::test]
async fn cache_status_is_as_long_as_it_was_set() {
    for (mode, miss, hit) in [
        (StatusMode::Off, None, None),
        (
            StatusMode::Short,
            Some("here;fwd=uri-miss;stored"),
            Some("here;hit"),
        ),
        (
            StatusMode::Full,
            Some("here;fwd=uri-miss;ttl=60;stored;key=\"http://example.com/a\""),
            Some("here;hit;ttl=60;key=\"http://example.com/a\""),
        ),
    ] {
        let setup = Setup::new().with(|layer| layer.status(mode).name("here"));
        let app = setup.around(counting(FRESH));
        let status = async || {
            let got = app.get("/a").await;
            got.header("cache-status").map(str::to_owned)
        };
        assert_eq!(status().await.as_deref(), miss);
        assert_eq!(status().await.as_deref(), hit);
    }
}

#[tokio::test]
async fn cache_status_comes_after_those_of_caches_nearer_to_the_origin() {
    let fields = [
        ("cache-control", "max-age=60"),
        ("cache-status", "Other; hit"),
    ];
    let app = Setup::new().around(counting(fields));
    for _ in 0..2 {
        let got = app.get("/").await;
        let mut values = got.headers.get_all("cache-status").iter();
        assert_eq!(values.next().unwrap(), "Other; hit");
        assert!(
            values
                .next()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with("buttress")
        );
        assert_eq!(values.next(), None);
    }
}

#[tokio::test]
async fn what_happens_is_counted() {
    let app = Setup::new().around(counting(FRESH));
    app.get("/").await;
    app.get("/").await;
    app.get("/").await;
    app.send(http::Request::post("/").header("host", "example.com").end())
        .await;
    let stats = app.cache.stats();
    assert_eq!((stats.misses, stats.hits, stats.bypassed), (1, 2, 1));
    assert_eq!((stats.stored, stats.bytes), (1, 2));
    assert_eq!(app.cache.usage().keys, 0, "the POST has purged it");
}

#[tokio::test]
async fn lifetimes_are_shortened_by_up_to_as_much_as_was_set() {
    let setup = Setup::new().with(|layer| layer.jitter(50));
    let app = setup.around(counting([("cache-control", "max-age=1000")]));
    let mut seen = std::collections::BTreeSet::new();
    for number in 0..100 {
        let path = format!("/{number}");
        app.get(&path).await;
        let got = app.get(&path).await;
        let ttl = got.status_field().split("ttl=").nth(1).unwrap();
        let ttl: u32 = ttl.split(';').next().unwrap().parse().unwrap();
        assert!((500..=1000).contains(&ttl), "{ttl}");
        seen.insert(ttl);
    }
    assert!(seen.len() > 10, "{seen:?}");
}
