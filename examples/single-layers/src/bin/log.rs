//! One true line a request, and a stdout that nobody has to read.
//!
//! ```sh
//! cargo run -p single-layers --bin log | jq -c '[.route, .status, .outcome, .total_ms]'
//! curl '127.0.0.1:3000/users/7?token=secret';  curl -m 0.1 127.0.0.1:3000/slow
//! ```

use axum::{Router, extract::Path, routing::get};
use buttress::log::{AccessLogLayer, Writer};
use std::time::Duration;

async fn slow() -> &'static str {
    tokio::time::sleep(Duration::from_secs(5)).await;
    "done"
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    // Keep the guard to the end: it writes what is left.
    let (writer, _guard) = Writer::stdout()?;
    // Ctrl-C ends the process without it.
    writer.flush_at_exit(Duration::from_secs(1));
    let log = AccessLogLayer::new(writer)
        .slow(Duration::from_secs(1))
        .skip(|head| head.uri.path() == "/healthz");
    let app = Router::new()
        .route(
            "/users/{id}",
            get(|Path(id): Path<u32>| async move { format!("user {id}\n") }),
        )
        .route("/slow", get(slow))
        .route("/healthz", get(|| async { "ok" }))
        .layer(log);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app).await
}
