//! What a supervisor and a load balancer ask. Liveness says "do not restart
//! me", readiness says "send me requests". They part ways when buttress-drain
//! makes readiness fail first, before the app stops accepting.

use super::Router;
use axum::routing::get;

pub(crate) fn router() -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(async || "ready\n"))
}
