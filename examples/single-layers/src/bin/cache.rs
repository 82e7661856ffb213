//! A shared HTTP cache in the process.
//!
//! ```sh
//! curl -i 127.0.0.1:3000/report;  curl -i 127.0.0.1:3000/report     # Cache-Status, Age
//! curl -X POST 127.0.0.1:3000/purge;  curl -i 127.0.0.1:3000/report
//! ```

use axum::{
    Router,
    http::{Uri, header::CACHE_CONTROL},
    response::IntoResponse,
    routing::{get, post},
};
use buttress::cache::{CacheLayer, MemoryStore, StatusMode};
use std::time::Duration;

async fn report() -> impl IntoResponse {
    tokio::time::sleep(Duration::from_millis(500)).await;
    (
        [(CACHE_CONTROL, "public, max-age=60")],
        "took half a second to make\n",
    )
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let cache = CacheLayer::new(MemoryStore::default()).status(StatusMode::Full);
    let handle = cache.handle();
    let purge = move || async move {
        let report = Uri::from_static("http://127.0.0.1:3000/report");
        match handle.purge(&report).await {
            Ok(()) => "purged\n",
            Err(_) => "the store did not answer\n",
        }
    };
    let app = Router::new()
        .route("/report", get(report))
        .layer(cache)
        .route("/purge", post(purge));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app).await
}
