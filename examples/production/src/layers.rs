//! The layers around every route: what makes an app ready for production.
//!
//! A `.layer(..)` wraps all that was added before it, so the last one in this
//! file is the first to see a request and the last to see its response.

use crate::choose_coding::choose_coding;
use crate::rewrite::rewrite;
use axum::Router;
use axum::middleware::{map_request, map_response};
use buttress_compression::{CompressionLayer, RequestDecompressionLayer};
use buttress_env::Environment;

pub(crate) fn around(routes: Router, environment: Environment) -> Router {
    let app = routes
        // Handlers read a compressed request as if it had come plain. How much
        // it may grow is bounded, so that no small request fills the memory.
        .layer(RequestDecompressionLayer::new())
        // What that layer refuses looks like every other error, and may be
        // compressed as every other response.
        .layer(map_response(rewrite))
        // Responses are compressed as their request prefers. Outermost, since
        // everything else that looks at a body wants to see it in clear.
        .layer(CompressionLayer::new());
    if environment.is_development() {
        return app.layer(map_request(choose_coding));
    }
    app
}
