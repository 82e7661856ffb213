//! One error as both modes answer it, for the page `/` to show side by side.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, Request, Response};
use buttress::error::{Error, ErrorLayer, ResultExt};
use futures_util::FutureExt;
use serde::Serialize;
use std::io;
use tower::{Layer, ServiceExt, service_fn};
use tracing::subscriber::{NoSubscriber, with_default};

/// What the layer makes of the error below: the layer itself, twice.
#[derive(Serialize)]
pub(crate) struct SampleError {
    production: String,
    development: String,
}

impl SampleError {
    pub(crate) fn new() -> Self {
        // It happens on purpose, and is none for the log.
        with_default(NoSubscriber::new(), || Self {
            production: answer(false),
            development: answer(true),
        })
    }
}

/// Stands for any handler. What it says is private, but no secret of anybody's.
async fn handler(_: Request<Body>) -> Result<Response<Body>, Error> {
    let refused = io::Error::new(
        io::ErrorKind::ConnectionRefused,
        "orders.internal:5432 refused the connection",
    );
    Err(refused).context("loading order 17")
}

fn answer(verbose: bool) -> String {
    let service = ErrorLayer::new()
        .verbose(verbose)
        .layer(service_fn(handler));
    let mut request = Request::new(Body::empty());
    let fields = [("accept", "text/plain"), ("x-request-id", "4f2a9c31")];
    for (name, value) in fields {
        let value = HeaderValue::from_static(value);
        request.headers_mut().insert(name, value);
    }
    // Nothing in here waits for anything.
    let body = async {
        let response = service
            .oneshot(request)
            .await
            .unwrap_or_else(|e| match e {});
        to_bytes(Body::new(response.into_body()), 64 * 1024).await
    };
    let text = body.now_or_never().and_then(Result::ok).unwrap_or_default();
    String::from_utf8_lossy(&text).into_owned()
}
