//! An axum app that shows what each layer of buttress does.
//!
//! Read it in this order: this file (start and stop), `app.rs` (routes and
//! layers put together), `layers.rs` (the part that a production app adds),
//! then the routes, one small file for each idea.

#![forbid(unsafe_code)]

mod app;
mod choose_coding;
mod cli;
mod environment;
mod extract;
mod layers;
mod problem;
mod rewrite;
mod routes;
mod sessions;
mod settings;
mod shutdown;
mod state;
mod templates;

use axum::serve::ListenerExt;
use clap::Parser;
use settings::Settings;
use std::io::Write;
use std::process::ExitCode;
use tokio::net::TcpListener;

/// What sysexits(3) calls `EX_CONFIG`. A supervisor that knows it does not
/// restart the process, since the next start would fail as this one did.
const BAD_CONFIGURATION: u8 = 78;

fn main() -> ExitCode {
    // Flags and environment are read once, here, before any thread runs.
    let settings = match Settings::load(cli::Args::parse(), std::env::var_os) {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("production: {error}");
            return ExitCode::from(BAD_CONFIGURATION);
        }
    };
    match serve(&settings) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("production: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn serve(settings: &Settings) -> std::io::Result<ExitCode> {
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
    shutdown::run(listener, app::app(settings), settings.drain_deadline).await
}
