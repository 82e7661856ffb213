use crate::Bench;
use axum::body::Body as RequestBody;
use buttress_benches::{
    Result,
    statistics::quantile,
    table::{Table, thousands},
};
use buttress_cache::{CacheLayer, MemoryStore};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::sync::Semaphore;
use tower_http_cache::prelude::{CacheLayer as ThcLayer, InMemoryBackend};
use tower_layer::Layer;
use tower_service::Service;

const CLIENTS: u64 = 1000;

/// A thousand clients ask at once for what is not there, of an origin that makes
/// eight at a time and takes 20 ms for each.
pub(super) fn make(_: &mut Bench) -> Result<String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let mut table = Table::new(["a storm", "calls", "p50, ms", "p99, ms"]);
    let cells = runtime.block_on(async {
        let slow = Slow::new();
        let bare = storm(slow.clone(), &slow).await;
        let slow = Slow::new();
        let ours = CacheLayer::new(MemoryStore::new()).layer(slow.clone());
        let ours = storm(ours, &slow).await;
        let slow = Slow::new();
        let layer = ThcLayer::builder(InMemoryBackend::new(1000)).ttl(Duration::from_secs(60));
        let theirs = storm(layer.build().layer(slow.clone()), &slow).await;
        [
            ("no layer", bare),
            ("buttress-cache", ours),
            ("tower-http-cache", theirs),
        ]
    });
    for (name, (calls, times)) in cells {
        let [median, slowest] = [0.5, 0.99].map(|share| format!("{:.1}", quantile(&times, share)));
        table.row([name.to_owned(), thousands(calls), median, slowest]);
    }
    Ok(format!(
        "### A storm\n\n1,000 clients ask at once for one page that is not stored; the origin makes eight at a \
         time and takes 20 ms for each.\n\n{table}"
    ))
}

async fn storm<S, B>(service: S, origin: &Slow) -> (u64, Vec<f64>)
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    B: Body<Data: Send, Error: Send> + Send,
{
    let start = Instant::now();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let mut service = service.clone();
            tokio::spawn(async move {
                let ready = std::future::poll_fn(|cx| service.poll_ready(cx)).await;
                let request = crate::origin::request(http::Method::GET, 1);
                if ready.is_ok() {
                    if let Ok(response) = service.call(request).await {
                        let _ = response.into_body().collect().await;
                    }
                }
                start.elapsed().as_secs_f64() * 1000.0
            })
        })
        .collect();
    let mut times = Vec::new();
    for client in clients {
        times.push(client.await.unwrap_or(f64::NAN));
    }
    (origin.calls.load(Ordering::Relaxed), times)
}

#[derive(Clone)]
struct Slow {
    calls: Arc<AtomicU64>,
    room: Arc<Semaphore>,
}

impl Slow {
    fn new() -> Self {
        Self {
            calls: Arc::default(),
            room: Arc::new(Semaphore::new(8)),
        }
    }
}

type Answer = std::result::Result<Response<Full<Bytes>>, Infallible>;

impl Service<Request<RequestBody>> for Slow {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<RequestBody>) -> Self::Future {
        let Self { calls, room } = self.clone();
        Box::pin(async move {
            calls.fetch_add(1, Ordering::Relaxed);
            let _place = room.acquire().await;
            tokio::time::sleep(Duration::from_millis(20)).await;
            let response = Response::builder().header("cache-control", "max-age=60");
            let body = Full::new(Bytes::from(vec![b'x'; 10_000]));
            Ok(response.body(body).expect("the response is valid"))
        })
    }
}
