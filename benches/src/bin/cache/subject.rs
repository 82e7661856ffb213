//! Who is compared.

use crate::origin::{Origin, ask, request, request_for};
use axum::body::Body as RequestBody;
use axum_response_cache::CacheLayer as ArcLayer;
use buttress_benches::Result;
use buttress_cache::{CacheLayer, MemoryStore};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body::Body;
use http_body_util::Full;
use http_cache::MokaManager;
use http_cache_tower_server::ServerCacheLayer;
use quick_cache::sync::Cache;
use std::{
    convert::Infallible,
    fmt::Debug,
    future::{Ready, ready},
    hint::black_box,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
    time::Duration,
};
use tower_http_cache::prelude::{CacheLayer as ThcLayer, InMemoryBackend};
use tower_layer::Layer;
use tower_service::Service;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The request and the response alone.
    Harness,
    /// A look-up in quick_cache, a clone of the fields and of the body.
    Floor,
    Ours,
    AxumResponseCache,
    TowerHttpCache,
    HttpCacheTowerServer,
    /// The origin without a layer, and what ours adds to what it cannot answer.
    Bare,
    OursPost,
    OursNoStore,
    BarePost,
}

impl Subject {
    pub(crate) const ALL: [(Self, &str); 10] = [
        (Self::Harness, "harness"),
        (Self::Floor, "quick_cache alone (the floor)"),
        (Self::Ours, "buttress-cache"),
        (Self::AxumResponseCache, "axum-response-cache"),
        (Self::TowerHttpCache, "tower-http-cache"),
        (Self::HttpCacheTowerServer, "http-cache-tower-server"),
        (Self::Bare, "bare"),
        (Self::OursPost, "post"),
        (Self::OursNoStore, "no-store"),
        (Self::BarePost, "bare-post"),
    ];

    pub(crate) fn name(self) -> &'static str {
        let known = Self::ALL.iter().find(|(subject, _)| *subject == self);
        known.map_or("", |(_, name)| name)
    }
}

const FRESH: &str = "max-age=600";
const ITEM: u64 = 7;

/// A subject that is warm, to be asked so many times. It reads no clock, which
/// confuses callgrind.
pub(crate) type Contender = Box<dyn FnMut(u64)>;

/// Makes a contender.
pub(crate) fn contender(subject: Subject, size: usize) -> Contender {
    let fulls = Origin::<Full<Bytes>>::new(FRESH, size);
    let seconds = Duration::from_secs(600);
    match subject {
        Subject::Harness => hitting(Still(fulls.parts()), size, None),
        Subject::Floor => hitting(Floor::new(fulls.parts()), size, None),
        Subject::Ours => {
            let calls = fulls.calls();
            hitting(ours().layer(fulls), size, Some(calls))
        }
        Subject::AxumResponseCache => {
            // It calls the origin's service on each hit, and drops the future.
            let origin = Origin::<RequestBody>::new(FRESH, size);
            let layer = ArcLayer::with_lifespan(seconds);
            hitting(layer.layer(origin), size, None)
        }
        Subject::TowerHttpCache => {
            let calls = fulls.calls();
            let layer = ThcLayer::builder(InMemoryBackend::new(10_000)).ttl(seconds);
            hitting(layer.build().layer(fulls), size, Some(calls))
        }
        Subject::HttpCacheTowerServer => {
            let calls = fulls.calls();
            let layer = ServerCacheLayer::new(MokaManager::default());
            hitting(layer.layer(fulls), size, Some(calls))
        }
        Subject::Bare => running(fulls, Method::GET),
        Subject::BarePost => running(fulls, Method::POST),
        Subject::OursPost => running(ours().layer(fulls), Method::POST),
        Subject::OursNoStore => {
            let origin = Origin::<Full<Bytes>>::new("no-store", size);
            running(ours().layer(origin), Method::GET)
        }
    }
}

pub(crate) fn ours() -> CacheLayer {
    CacheLayer::new(MemoryStore::new())
}

/// For callgrind: as many requests as it is told.
pub(crate) fn count(subject: &str, size: &str, requests: &str) -> Result<()> {
    let known = Subject::ALL.iter().find(|(_, name)| *name == subject);
    let (subject, _) = known.ok_or("no such subject")?;
    let runtime = runtime()?;
    let _entered = runtime.enter();
    contender(*subject, size.parse()?)(requests.parse()?);
    Ok(())
}

/// Peers ask for a runtime to be there.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    Ok(builder.worker_threads(1).enable_all().build()?)
}

fn hitting<S, B>(
    mut service: S,
    size: usize,
    calls: Option<Arc<std::sync::atomic::AtomicU64>>,
) -> Contender
where
    S: Service<Request<RequestBody>, Response = Response<B>> + 'static,
    S::Error: Debug,
    B: Body,
    B::Error: Debug,
{
    let called = move || {
        calls
            .as_ref()
            .map_or(1, |calls| calls.load(Ordering::Relaxed))
    };
    let mut before = 0;
    for turn in 0.. {
        assert_eq!(ask(&mut service, request(Method::GET, ITEM)), size as u64);
        // One of them stores in a task of its own, which may take its time.
        std::thread::sleep(Duration::from_millis(200));
        let is_warm = turn >= 2 && called() == before;
        if is_warm || turn == 50 {
            break;
        }
        before = called();
    }
    let before = called();
    Box::new(move |requests| {
        run_requests(&mut service, &Method::GET, requests);
        assert_eq!(called(), before, "a hit asks nobody");
    })
}

fn running<S, B>(mut service: S, method: Method) -> Contender
where
    S: Service<Request<RequestBody>, Response = Response<B>> + 'static,
    S::Error: Debug,
    B: Body,
    B::Error: Debug,
{
    ask(&mut service, request(method.clone(), ITEM));
    Box::new(move |requests| run_requests(&mut service, &method, requests))
}

#[inline(never)]
fn run_requests<S, B>(service: &mut S, method: &Method, requests: u64)
where
    S: Service<Request<RequestBody>, Response = Response<B>>,
    S::Error: Debug,
    B: Body,
    B::Error: Debug,
{
    let uri = request(Method::GET, ITEM).uri().clone();
    for _ in 0..requests {
        let request = request_for(method.clone(), uri.clone());
        black_box(ask(service, request));
    }
}

/// Answers with an empty response.
struct Still((HeaderMap, Bytes));

impl Service<Request<RequestBody>> for Still {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<std::result::Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<RequestBody>) -> Self::Future {
        ready(Ok(Response::new(Full::new(self.0.1.clone()))))
    }
}

/// What any cache on quick_cache has to do.
pub(crate) struct Floor(Cache<String, Arc<(HeaderMap, Bytes)>>);

impl Floor {
    fn new(parts: (HeaderMap, Bytes)) -> Self {
        let floor = Self(Cache::new(10_000));
        floor.put(ITEM, Arc::new(parts));
        floor
    }

    pub(crate) fn of(capacity: usize) -> Self {
        Self(Cache::new(capacity))
    }

    pub(crate) fn put(&self, item: u64, parts: Arc<(HeaderMap, Bytes)>) {
        let key = request(Method::GET, item).uri().to_string();
        self.0.insert(key, parts);
    }
}

impl Service<Request<RequestBody>> for Floor {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<std::result::Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        let stored = self.0.get(path).expect("it was put");
        let mut response = Response::new(Full::new(stored.1.clone()));
        *response.headers_mut() = stored.0.clone();
        ready(Ok(response))
    }
}
