//! What the servers of the tests answer.

use axum::{
    Router,
    routing::{get, post},
};
use buttress_testing::corpus;
use bytes::Bytes;
use http::{HeaderName, header::CONTENT_TYPE};

/// The path of a page that is worth compressing.
pub const PAGE: &str = "/page";
/// The path that gives back what was posted.
pub const ECHO: &str = "/echo";

/// The page.
#[must_use]
pub fn html() -> Bytes {
    corpus::html(20 << 10).into()
}

/// The handler of [`PAGE`].
pub async fn page() -> ([(HeaderName, &'static str); 1], Bytes) {
    ([(CONTENT_TYPE, "text/html")], html())
}

/// The handler of [`ECHO`].
pub async fn echo(body: Bytes) -> Bytes {
    body
}

/// Both, without a layer.
pub fn router() -> Router {
    Router::new().route(PAGE, get(page)).route(ECHO, post(echo))
}
