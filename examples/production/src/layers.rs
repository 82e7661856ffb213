//! The layers around every route: what makes an app ready for production.
//!
//! A `.layer(..)` wraps all that was added before it, so the last one in this
//! file is the first to see a request and the last to see its response. Still
//! further out is `serve` of buttress-drain, which sees each response to its end
//! on the socket: it needs no layer of its own.

use crate::choose_coding::choose_coding;
use crate::logs::Logs;
use axum::Router;
use axum::middleware::map_request;
use buttress_compression::{CompressionLayer, RequestDecompressionLayer};
use buttress_env::Environment;
use buttress_error::{CatchPanicLayer, ErrorLayer, PanicBudget};
use buttress_sync_io::{Mode, SyncIoLayer};

pub(crate) fn around(
    routes: Router,
    environment: Environment,
    budget: &PanicBudget,
    logs: &Logs,
    detect: Mode,
) -> Router {
    let errors = ErrorLayer::builder()
        .verbose(environment.verbose_errors())
        // What axum and the layer below refuse is a line of text: it becomes
        // the detail of an error that looks like every other.
        .rewrite("text/plain")
        .panic_budget(budget.clone());
    let app = routes
        // Handlers read a compressed request as if it had come plain. How much
        // it may grow is bounded, so that no small request fills the memory.
        .layer(RequestDecompressionLayer::new())
        // Outside of whatever may fail, and inside of compression. An error
        // page is made before its coding is chosen, so its length, its coding
        // and its `Vary` are true. And a body that panics is cut here, in
        // clear: compression sees the error of a stream, sends on what came
        // before and leaves the end out. The other way round this layer would
        // have to find the text that it rewrites in compressed bytes.
        .layer(errors)
        // Responses are compressed as their request prefers. Outside of
        // everything else that looks at a body and wants to see it in clear.
        .layer(CompressionLayer::new())
        // What is left is a panic in one of the layers outside of `errors`.
        .layer(CatchPanicLayer::new().panic_budget(budget.clone()))
        // Outermost, so that a line has the status that was sent, the bytes as
        // they were compressed, and the panics that became answers. And the
        // request's id is settled here, for all layers and the app's own log.
        .layer(logs.access.clone())
        // Around all that may hold a worker up: handlers, the other layers and
        // their bodies. It changes nothing of what passes.
        .layer(SyncIoLayer::new(detect));
    if environment.is_development() {
        return app.layer(map_request(choose_coding));
    }
    app
}
