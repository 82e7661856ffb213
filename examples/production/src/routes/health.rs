//! What a supervisor and a load balancer ask. Liveness says "do not restart
//! me", readiness says "send me requests". They part ways when the app drains:
//! readiness fails at once, before the app stops accepting.

use buttress::drain::Drain;

pub(crate) fn router(drain: &Drain) -> axum::Router {
    axum::Router::new()
        .route_service("/healthz", drain.liveness())
        .route_service("/readyz", drain.readiness())
}
