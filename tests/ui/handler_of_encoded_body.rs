//! A service that asks for the body as it came, inside of the layer that
//! changes it.

use axum::body::Body;
use buttress_compression::RequestDecompressionLayer;
use http::{Request, Response};
use std::convert::Infallible;
use tower::{Layer, service_fn};

async fn handler(_: Request<Body>) -> Result<Response<Body>, Infallible> {
    Ok(Response::default())
}

fn main() {
    let service = RequestDecompressionLayer::new().layer(service_fn(handler));
    axum::Router::<()>::new().fallback_service(service);
}
