//! What load balancers and supervisors are told.

mod support;

use axum::Router;
use buttress_drain::Drain;
use buttress_testing::h1;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};
use support::{Running, patient};

async fn status(server: &Running, path: &str) -> (u16, String) {
    let mut client = h1::Connection::open(server.addr).await;
    let head = client.get(path, &[]).await;
    assert_eq!(head.header("cache-control"), Some("no-store"));
    let body = client.body().await.complete();
    (
        head.status.as_u16(),
        String::from_utf8(body.to_vec()).unwrap(),
    )
}

fn router(drain: &Drain, is_ready: &Arc<AtomicBool>) -> Router {
    let is_ready = is_ready.clone();
    let readiness = drain.readiness().check(move || is_ready.load(Relaxed));
    Router::new()
        .route_service("/readyz", readiness)
        .route_service("/healthz", drain.liveness())
}

#[tokio::test]
async fn readiness_says_no_first_and_liveness_never() {
    let drain = patient().pre_stop(Duration::from_secs(300));
    let is_ready = Arc::new(AtomicBool::new(false));
    let router = router(&drain, &is_ready);
    let server = Running::start(drain.clone(), router).await;
    assert_eq!(
        status(&server, "/readyz").await,
        (503, "not ready\n".into())
    );
    is_ready.store(true, Relaxed);
    assert_eq!(status(&server, "/readyz").await, (200, "ready\n".into()));

    drain.trigger();
    // The socket is still open for those who have not noticed yet.
    assert_eq!(status(&server, "/readyz").await, (503, "draining\n".into()));
    assert_eq!(status(&server, "/healthz").await, (200, "alive\n".into()));
}
