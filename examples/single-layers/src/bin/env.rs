//! One typed value for all settings, read once, with all problems at once.
//!
//! ```sh
//! cargo run -p single-layers --bin env                               # what is missing
//! APP_DB__PASSWORD=hunter2 APP_LISTEN=127.0.0.1:3000 cargo run -p single-layers --bin env
//! ```

use axum::{Router, extract::State, routing::get};
use buttress_env::{Describe, Env, Loaded, Secret};
use serde::Deserialize;
use std::{net::SocketAddr, process::ExitCode, time::Duration};

#[derive(Debug, Deserialize, Describe)]
struct Config {
    /// Address to listen on.
    listen: SocketAddr,
    db: Db,
}

#[derive(Debug, Deserialize, Describe)]
struct Db {
    /// What the database asks for; or give APP_DB__PASSWORD_FILE.
    password: Secret<String>,
    /// How long a query may take, such as 5s.
    timeout: Option<Duration>,
}

async fn timeout(State(config): State<Loaded<Config>>) -> String {
    format!("{:?}, with {:?}\n", config.db.timeout, config.db.password)
}

#[tokio::main]
async fn main() -> ExitCode {
    // Before anything else, so that nobody reads the environment later.
    let config: Loaded<Config> = match Env::prefix("APP").describe::<Config>().load() {
        Ok(config) => config,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(78);
        }
    };
    println!("{}", config.table());
    let app = Router::new()
        .route("/", get(timeout))
        .with_state(config.clone());
    let served = async {
        let listener = tokio::net::TcpListener::bind(config.listen).await?;
        axum::serve(listener, app).await
    };
    served
        .await
        .map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
}
