//! SIGTERM ends the app without a failed request.
//!
//! ```sh
//! curl 127.0.0.1:3000/slow &  sleep 0.2;  pkill -TERM -x drain;  wait
//! ```

use axum::{Router, routing::get};
use buttress::drain::{Drain, bind, serve};
use std::{process::ExitCode, time::Duration};

async fn slow() -> &'static str {
    tokio::time::sleep(Duration::from_secs(2)).await;
    "done"
}

#[tokio::main]
async fn main() -> std::io::Result<ExitCode> {
    let app = Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/slow", get(slow));
    let drain = Drain::new()
        .linger(Duration::from_secs(1))
        .deadline(Duration::from_secs(10));
    let outcome = serve(bind("127.0.0.1:3000").await?, app)
        .drain(drain)
        .on_signals()
        .await?;
    println!("{} requests were cut", outcome.cut());
    Ok(outcome.exit_code())
}
