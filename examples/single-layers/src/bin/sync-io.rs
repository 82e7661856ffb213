//! Names the line that blocks a worker.
//!
//! ```sh
//! curl 127.0.0.1:3000/sleep;  curl 127.0.0.1:3000/file;  curl 127.0.0.1:3000/fine
//! ```

use axum::{Router, routing::get};
use buttress::sync_io::{Mode, SyncIoLayer};
use std::{fs, thread, time::Duration};

async fn sleep() -> &'static str {
    thread::sleep(Duration::from_millis(50));
    "blocked a worker for 50 ms\n"
}

async fn file() -> String {
    fs::read_to_string("/etc/hostname").unwrap_or_default()
}

async fn fine() -> &'static str {
    tokio::time::sleep(Duration::from_millis(50)).await;
    "waited without a worker\n"
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let watch = SyncIoLayer::new(Mode::Exact).on_report(|report| {
        let place = report
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        eprintln!("{:?} in {:?}: {place}", report.kind, report.route);
    });
    let app = Router::new()
        .route("/sleep", get(sleep))
        .route("/file", get(file))
        .route("/fine", get(fine))
        .layer(watch);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app).await
}
