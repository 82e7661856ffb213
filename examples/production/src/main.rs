//! An axum app that shows what each layer of buttress does.
//!
//! Read it in this order: this file (start and stop), `layers.rs` (the part that
//! a production app adds), `app.rs` (routes and layers put together), then the
//! routes, one small file for each idea.

#![forbid(unsafe_code)]

mod app;
mod cache;
mod choose_coding;
mod cli;
mod extract;
mod layers;
mod live;
mod logs;
mod routes;
mod sample_error;
mod sessions;
mod settings;
mod state;
mod templates;

use axum::Router;
use buttress::cluster::Cluster;
use buttress::drain::{Drain, Outcome, Readiness, bind};
use buttress::error::{PanicBudget, flush_reports, install_panic_hook};
use buttress_env::{Env, Loaded};
use clap::Parser;
use cli::Args;
use live::{Live, Observed};
use logs::Logs;
use settings::{DrainSettings, PanicSettings, Settings};
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

fn main() -> ExitCode {
    let args = Args::parse();
    if args.print_env_example {
        return print(&settings::env_example());
    }
    // The environment is read once, here, before any thread runs.
    let settings = match settings::load(&args, Env::prefix("APP"), std::env::var_os("PORT")) {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("{error}");
            return error.exit_code();
        }
    };
    if args.print_config {
        return print(&format!("{}\n", settings.table()));
    }
    let logs = match logs::start(settings.environment(), &settings.log) {
        Ok(logs) => logs,
        Err(error) => {
            eprintln!("production: {error}");
            return ExitCode::FAILURE;
        }
    };
    if let Some(note) = settings.note() {
        tracing::warn!("{note}");
    }
    install_panic_hook();
    let ended = match args.workers {
        Some(workers) => Ok(cluster(settings, &logs, workers)),
        None => serve(settings, &logs),
    };
    // Reports of panics wait for the names in their backtraces.
    flush_reports(Duration::from_secs(2));
    // And so do those of blocked workers.
    buttress::sync_io::flush_reports(Duration::from_secs(2));
    match ended {
        Ok(code) => code,
        Err(error) => {
            eprintln!("production: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whoever reads it may have seen enough before its end.
fn print(text: &str) -> ExitCode {
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

#[tokio::main]
async fn serve(settings: Loaded<Settings>, logs: &Logs) -> std::io::Result<ExitCode> {
    let drain = drain(&settings.drain);
    let listener = bind(settings.listen).await?;
    // With port 0 the system chose the port, so say which one it is. Whoever
    // started us may have closed our stdout; that is no reason to stop.
    let _ = writeln!(
        std::io::stdout(),
        "listening on http://{}",
        listener.local_addr()?
    );
    let (app, budget) = ready(settings, logs, &drain, drain.readiness()).await?;
    let outcome = buttress::drain::serve(listener, app)
        .drain(drain)
        .on_signals()
        .await?;
    Ok(code(outcome, &budget))
}

/// The same in processes that a supervisor starts, and starts again.
fn cluster(settings: Loaded<Settings>, logs: &Logs, workers: usize) -> ExitCode {
    Cluster::new()
        .bind(settings.listen)
        .workers(workers)
        .health("/healthz")
        .pre_stop(settings.drain.pre_stop)
        .linger(settings.drain.linger)
        .deadline(settings.drain.deadline)
        .run(|worker| async move {
            let (drain, readiness) = (worker.drain(), worker.readiness());
            let (app, budget) = ready(settings, logs, &drain, readiness).await?;
            let outcome = worker.serve(app).await?;
            std::io::Result::Ok(code(outcome, &budget))
        })
}

/// The app with its layers, before its first request. Probes need nothing of the
/// layers, and answer where a layer does not.
async fn ready(
    settings: Loaded<Settings>,
    logs: &Logs,
    drain: &Drain,
    readiness: Readiness,
) -> std::io::Result<(Router, PanicBudget)> {
    let budget = panic_budget(&settings.panics, drain);
    let observed = Arc::<Observed>::default();
    let stack = layers::stack(&settings, logs, &budget, &observed);
    let stack = stack.await.map_err(std::io::Error::other)?;
    let live = Live::start(observed, stack.clone(), budget.clone());
    let health = routes::health::router(drain, readiness);
    Ok((app::app(settings, drain, stack, live).merge(health), budget))
}

fn code(outcome: Outcome, budget: &PanicBudget) -> ExitCode {
    if !outcome.is_clean() {
        let cut = outcome.cut();
        eprintln!("production: {cut} cut off, by the deadline or by a second signal");
    }
    // That it should be restarted matters more than how it ended.
    if budget.is_tripped() {
        budget.exit_code()
    } else {
        outcome.exit_code()
    }
}

/// How the app ends, by a signal or by too many panics.
fn drain(settings: &DrainSettings) -> Drain {
    Drain::new()
        .pre_stop(settings.pre_stop)
        .linger(settings.linger)
        .deadline(settings.deadline)
}

/// A process that panics again and again has gone bad: it ends in order, and
/// its exit code asks for a fresh one.
fn panic_budget(settings: &PanicSettings, drain: &Drain) -> PanicBudget {
    let drain = drain.clone();
    PanicBudget::new(settings.budget, settings.window).on_trip(move || drain.trigger())
}
