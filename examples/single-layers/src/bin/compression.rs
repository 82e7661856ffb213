//! Responses are compressed as their request prefers, and compressed requests are read.
//!
//! ```sh
//! curl -s --compressed -D- 127.0.0.1:3000/ | head -12
//! echo hello | gzip | curl -s --data-binary @- -H 'content-encoding: gzip' 127.0.0.1:3000/length
//! ```

use axum::{
    Router,
    routing::{get, post},
};
use buttress::compression::{CompressionLayer, Encoding, Level, RequestDecompressionLayer};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new()
        .route("/", get(|| async { "All work and no play. ".repeat(200) }))
        .route(
            "/length",
            post(|body: String| async move { body.len().to_string() }),
        )
        .layer(RequestDecompressionLayer::new())
        .layer(CompressionLayer::new().level(Encoding::Gzip, Level::Fast));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app).await
}
