//! An axum app that shows what each layer of buttress does.
//!
//! Read it in this order: this file (start and stop), `app.rs` (routes and
//! layers put together), `layers.rs` (the part that a production app adds),
//! then the routes, one small file for each idea.

#![forbid(unsafe_code)]

mod app;
mod choose_coding;
mod cli;
mod extract;
mod layers;
mod routes;
mod sample_error;
mod sessions;
mod settings;
mod shutdown;
mod state;
mod templates;

use axum::serve::ListenerExt;
use buttress_env::{Env, Loaded};
use buttress_error::{flush_reports, install_panic_hook};
use clap::Parser;
use cli::Args;
use settings::Settings;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpListener;

fn main() -> ExitCode {
    let args = Args::parse();
    // The environment is read once, here, before any thread runs.
    let settings = match settings::load(&args, Env::prefix("APP"), std::env::var_os("PORT")) {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("{error}");
            return error.exit_code();
        }
    };
    if args.print_config {
        // Whoever reads this may have seen enough before its end.
        let _ = writeln!(std::io::stdout(), "{}", settings.table());
        return ExitCode::SUCCESS;
    }
    log_to_stderr();
    install_panic_hook();
    let ended = serve(settings);
    // Reports of panics wait for the names in their backtraces.
    flush_reports(Duration::from_secs(2));
    match ended {
        Ok(code) => code,
        Err(error) => {
            eprintln!("production: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Stands in for buttress-log.
fn log_to_stderr() {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::INFO)
        .with_writer(std::io::stderr)
        .init();
}

#[tokio::main]
async fn serve(settings: Loaded<Settings>) -> std::io::Result<ExitCode> {
    let listener = TcpListener::bind(settings.listen).await?;
    // With port 0 the system chose the port, so say which one it is. Whoever
    // started us may have closed our stdout; that is no reason to stop.
    let _ = writeln!(
        std::io::stdout(),
        "listening on http://{}",
        listener.local_addr()?
    );
    // Nagle's algorithm holds a small packet back until the one before it is
    // acknowledged, which delays every streamed event after the first.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let deadline = settings.drain.deadline;
    shutdown::run(listener, app::app(settings), deadline).await
}
