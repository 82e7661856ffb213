//! A response body whose data is not `Bytes`.

use buttress_compression::CompressionLayer;
use http::Response;
use http_body_util::Full;
use std::{collections::VecDeque, convert::Infallible};
use tower::{Layer, service_fn};

type Body = Full<VecDeque<u8>>;

fn main() {
    let inner = service_fn(|_| async { Ok::<_, Infallible>(Response::new(Body::default())) });
    let service = CompressionLayer::new().layer(inner);
    axum::Router::<()>::new().fallback_service(service);
}
