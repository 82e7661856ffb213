//! What is no HTTP any more goes through the layers untouched.

use axum::{Router, body::Body, extract::Request, routing::any};
use buttress_compression::{CompressionLayer, RequestBody, RequestDecompressionLayer};
use buttress_testing::{Server, service::respond};
use buttress_tests::tunnel;
use hyper::body::Incoming;
use tower::Layer;

fn both() -> (CompressionLayer, RequestDecompressionLayer) {
    (CompressionLayer::new(), RequestDecompressionLayer::new())
}

#[tokio::test]
async fn through_hyper() {
    let inner = respond(tunnel::accept::<RequestBody<Incoming>>);
    tunnel::all_work(Server::auto(both().layer(inner)).await).await;
}

#[tokio::test]
async fn through_axum() {
    let accept = |request: Request| async { tunnel::accept(request).map(Body::new) };
    let router = Router::new()
        .route("/", any(accept))
        // A CONNECT over HTTP/1 has no path.
        .fallback(accept)
        .layer(both());
    tunnel::all_work(Server::auto(router).await).await;
}
