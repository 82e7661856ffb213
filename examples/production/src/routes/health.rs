//! What a supervisor and a load balancer ask. Liveness says "do not restart
//! me", readiness says "send me requests". They part ways when the app drains:
//! readiness fails at once, before the app stops accepting. In a cluster it fails
//! when the whole of it ends, and not when one worker makes room for the next.

use buttress::drain::{Drain, Readiness};

pub(crate) fn router(drain: &Drain, readiness: Readiness) -> axum::Router {
    axum::Router::new()
        .route_service("/healthz", drain.liveness())
        .route_service("/readyz", readiness)
}
