//! What the tests share: an app behind the layer, on a runtime of two workers,
//! and what was reported of it.
#![allow(dead_code, unreachable_pub, reason = "each test uses some of it")]

use axum::{
    Router,
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
    routing::get,
};
use buttress_sync_io::{Mode, Report, SyncIoLayer, flush_reports};
use buttress_testing::{Server, h1};
use bytes::Bytes;
use futures_util::stream;
use std::{
    convert::Infallible,
    future::{Future, ready},
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};
use tower::Service;

/// What to do in a poll.
pub type Act = fn();

/// Where in the life of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Handler,
    Call,
    Body,
    Drop,
}

pub const PLACES: [Place; 4] = [Place::Handler, Place::Call, Place::Body, Place::Drop];

/// The reports of a layer.
#[derive(Clone, Debug, Default)]
pub struct Reports(Arc<Mutex<Vec<Report>>>);

impl Reports {
    pub fn layer(&self, mode: Mode) -> SyncIoLayer {
        let reports = self.clone();
        SyncIoLayer::new(mode)
            .rate_limit(10_000)
            .route(|extensions| {
                let path = extensions.get::<axum::extract::MatchedPath>();
                path.map(axum::extract::MatchedPath::as_str)
            })
            .on_report(move |report| reports.0.lock().unwrap().push(report.clone()))
    }

    /// All that was reported since it was last asked.
    pub fn take(&self) -> Vec<Report> {
        assert!(flush_reports(Duration::from_secs(60)));
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    /// Waits for a report: the watchdog makes it when it sees the end of a poll.
    pub fn wait(&self) -> Vec<Report> {
        for _ in 0..2000 {
            let reports = self.take();
            if !reports.is_empty() {
                return reports;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("nothing was reported");
    }
}

/// Two workers, as the smallest machines have.
pub fn two_workers<T>(test: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(test)
}

/// Asks an app that does `act` at `place`, behind `layer`, over a socket.
pub async fn ask(layer: SyncIoLayer, place: Place, act: Act) {
    let router = Router::new()
        .route_service("/it", service(place, act))
        .layer(layer);
    ask_router(router).await;
}

/// Asks a router for `/it`.
pub async fn ask_router(router: Router) {
    let server = Server::h1(router).await;
    let mut client = h1::Connection::open(server.addr()).await;
    assert_eq!(client.get("/it", &[]).await.status, 200);
    assert_eq!(client.body().await.complete(), "done");
    drop(client);
    server.stop().await;
}

/// A handler on `/it`.
pub fn handler<F, Fut>(handler: F) -> Router
where
    F: Fn() -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send,
{
    Router::new().route(
        "/it",
        get(move || {
            let done = handler();
            async move {
                done.await;
                "done"
            }
        }),
    )
}

#[derive(Clone)]
pub struct Acts(Place, Act);

fn service(place: Place, act: Act) -> Acts {
    Acts(place, act)
}

impl Service<Request> for Acts {
    type Response = Response;
    type Error = Infallible;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request) -> Self::Future {
        let Self(place, act) = *self;
        if place == Place::Call {
            act();
            return Box::pin(ready(Ok("done".into_response())));
        }
        Box::pin(async move {
            if place == Place::Handler {
                // Not in the first poll.
                tokio::task::yield_now().await;
                act();
            }
            let drop = (place == Place::Drop).then(|| Acting(act));
            let body = stream::once(async move {
                if place == Place::Body {
                    act();
                }
                let _drop = drop;
                Ok::<_, Infallible>(Bytes::from("done"))
            });
            Ok(Body::from_stream(body).into_response())
        })
    }
}

struct Acting(Act);

impl Drop for Acting {
    fn drop(&mut self) {
        (self.0)();
    }
}
