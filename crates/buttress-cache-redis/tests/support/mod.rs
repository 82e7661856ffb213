//! What the tests share: processes over one Redis and one origin.
#![allow(dead_code, reason = "each test file uses its part")]

use buttress_cache::{
    Cache, CacheLayer, CacheRules, Entry, Head, Key, Lookup, MemoryStore, StatusMode, Store,
    Tiered, Wanted,
    policy::{Freshness, Metadata, Seconds, Timestamp, VariantKey, Vary},
};
use buttress_cache_redis::RedisStore;
use buttress_testing::Redis;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tower::{Layer, ServiceExt, service_fn};

/// No test waits longer for what has to come.
const PATIENCE: Duration = Duration::from_secs(20);
/// No request waits as long, whatever has become of Redis.
const LIMIT: Duration = Duration::from_secs(2);

/// An origin, whose answers tell how often it was asked before.
#[derive(Clone, Default)]
pub(crate) struct Origin(Arc<AtomicUsize>);

impl Origin {
    pub(crate) fn calls(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    fn answer(&self, request: &Request<Full<Bytes>>) -> Response<Full<Bytes>> {
        let number = self.0.fetch_add(1, Ordering::SeqCst);
        let mut response = Response::new(Full::new(number.to_string().into()));
        let lifetime = match request.uri().path().strip_prefix("/for/") {
            Some(lifetime) => format!("max-age={lifetime}"),
            None => "max-age=600".to_owned(),
        };
        let value = HeaderValue::try_from(lifetime).unwrap();
        response.headers_mut().insert(header::CACHE_CONTROL, value);
        response
            .extensions_mut()
            .insert(CacheRules::new().tag("a tag"));
        response
    }
}

/// A process: a layer over two tiers, of which the first is its own.
#[derive(Clone)]
pub(crate) struct Process {
    layer: CacheLayer,
    origin: Origin,
    pub(crate) cache: Cache,
    pub(crate) store: Arc<Tiered<MemoryStore, RedisStore>>,
}

impl Process {
    pub(crate) async fn start(redis: &Redis, origin: &Origin) -> Self {
        let process = Self::over(open(redis), origin);
        assert!(process.store.second().connect().await);
        process
    }

    pub(crate) fn over(store: RedisStore, origin: &Origin) -> Self {
        Self::with(store, origin, |layer| layer)
    }

    pub(crate) fn with(
        store: RedisStore,
        origin: &Origin,
        change: impl FnOnce(CacheLayer) -> CacheLayer,
    ) -> Self {
        let store = Arc::new(Tiered::new(MemoryStore::new(), store));
        let layer = change(CacheLayer::new(store.clone()).status(StatusMode::Full));
        Self {
            cache: layer.handle(),
            layer,
            origin: origin.clone(),
            store,
        }
    }

    /// What a GET of a path is answered with.
    pub(crate) async fn get(&self, path: &str) -> Got {
        let origin = self.origin.clone();
        let inner = service_fn(move |request| {
            let answer = origin.answer(&request);
            async move { Ok::<_, Infallible>(answer) }
        });
        let request = Request::get(path).header("host", "example.com");
        let request = request.body(Full::default()).unwrap();
        let answer = async {
            let Ok(response) = self.layer.layer(inner).oneshot(request).await;
            let (parts, body) = response.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            Got {
                status: parts.status,
                headers: parts.headers,
                body: String::from_utf8(body.to_vec()).unwrap(),
            }
        };
        let answer = tokio::time::timeout(LIMIT, answer).await;
        answer.expect("an answer in time")
    }

    pub(crate) async fn body(&self, path: &str) -> String {
        let got = self.get(path).await;
        assert_eq!(got.status, StatusCode::OK);
        got.body
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.store.second().is_connected()
    }
}

/// A whole response.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn is_hit(&self) -> bool {
        self.header("cache-status")
            .unwrap()
            .starts_with("buttress;hit")
    }
}

pub(crate) fn open(redis: &Redis) -> RedisStore {
    RedisStore::open(&redis.url()).unwrap()
}

/// Waits until Redis has a body under a key that ends like this.
pub(crate) async fn is_in_redis(redis: &Redis, path: &str) {
    let pattern = format!("{{cache}}:b:*{path}");
    until(async || !redis.command(&["KEYS", &pattern]).array().is_empty()).await;
}

/// Waits until something is so.
pub(crate) async fn until(is_so: impl AsyncFn() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.expect("it never came");
}

pub(crate) fn key(path: &str) -> Key {
    Key::new(format!("http://example.com{path}"))
}

/// A response that is fresh for ten minutes, and known to be.
pub(crate) fn entry(body: &str) -> Arc<Entry> {
    entry_of(body.to_owned().into(), &[], Seconds::new(600))
}

pub(crate) fn entry_of(body: Bytes, tags: &[&str], lifetime: Seconds) -> Arc<Entry> {
    let headers = HeaderMap::from_iter([(header::AGE, HeaderValue::from_static("0"))]);
    let received = Timestamp::from(std::time::SystemTime::now());
    let metadata = Metadata {
        status: StatusCode::OK,
        headers,
        freshness: Freshness {
            received,
            lifetime,
            ..Freshness::default()
        },
    };
    let vary = Vary::Fields(Vec::new());
    let head = Head::new(metadata, vary, VariantKey::default(), received);
    let tags = tags.iter().map(|tag| Box::from(*tag));
    Arc::new(Entry::new(head.with_tags(tags), body, None))
}

/// What a store has for a plain GET.
pub(crate) async fn find(store: &impl Store, key: &Key) -> Option<Arc<Entry>> {
    let headers = HeaderMap::new();
    let wanted = Wanted::new(key, &headers);
    match store.lookup(&wanted) {
        Lookup::Hit(entry) => Some(entry),
        Lookup::Ask => store.ask(wanted.into_owned()).await,
        _ => None,
    }
}

/// Puts, and waits until it is there.
pub(crate) async fn put(store: &impl Store, key: &Key, entry: &Arc<Entry>) {
    until(async || {
        store.put(key, entry.clone());
        let found = find(store, key).await;
        found.is_some_and(|found| found.body() == entry.body())
    })
    .await;
}

/// Runs it to its end. In a test with one thread, all connections stand still
/// meanwhile: who has one sees nothing of it yet.
pub(crate) fn elsewhere(work: impl AsyncFnOnce() + Send) {
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(work());
        });
    });
}
