//! All layers in one line, and a server that ends without a failed request.
//!
//! ```sh
//! APP_ENV=development cargo run -p single-layers --bin all
//! curl -i --compressed 127.0.0.1:3000/
//! ```

use axum::{Router, http::header::CACHE_CONTROL, routing::get};
use buttress::{
    Production,
    drain::{bind, serve},
    env::Env,
};
use serde::Deserialize;
use std::{error::Error, process::ExitCode};

/// This app has no settings but its environment.
#[derive(Debug, Deserialize)]
struct Config {}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let config = Env::prefix("APP").load::<Config>()?;
    let page = || async { ([(CACHE_CONTROL, "max-age=10")], "hello, ".repeat(1_000)) };
    let app = Router::new()
        .route("/", get(page))
        .layer(Production::builder(config.environment()).build()?);
    let listener = bind("127.0.0.1:3000").await?;
    let outcome = serve(listener, app).on_signals().await?;
    Ok(outcome.exit_code())
}
