//! A gateway in front of other servers, made of the layers of buttress.
//!
//! `config.rs` says what may be configured, `app.rs` puts the layers around
//! `routes.rs`, and `reload.rs` changes all of it while requests run. `keep.rs` has what
//! outlives a change: the cache, and connections to upstreams.

#![forbid(unsafe_code)]

mod app;
mod cli;
mod config;
mod erase;
mod keep;
mod reload;
mod routes;

use buttress_cluster::Cluster;
use buttress_drain::Drain;
use buttress_log::Writer;
use clap::Parser;
use cli::Args;
use config::Config;
use keep::Keep;
use reload::Start;
use std::{
    error::Error,
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    let args = Args::parse();
    // Its own events go to stderr; stdout has the access log.
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    let (writer, _guard) = match Writer::stdout() {
        Ok(writer) => writer,
        Err(error) => return fail(&error),
    };
    writer.flush_at_exit(Duration::from_secs(1));
    match run(args, writer) {
        Ok(code) => code,
        Err(error) => fail(error.as_ref()),
    }
}

fn fail(error: &dyn Error) -> ExitCode {
    eprintln!("gateway: {error}");
    ExitCode::FAILURE
}

fn run(args: Args, writer: Writer) -> Result<ExitCode, Box<dyn Error>> {
    match args.workers {
        Some(workers) if !args.check => cluster(args, writer, workers),
        _ => serve(args, writer),
    }
}

#[tokio::main]
async fn serve(args: Args, writer: Writer) -> Result<ExitCode, Box<dyn Error>> {
    let drain = Drain::new();
    let (config, start) = Start::load(&args, Keep::new(writer, drain.clone()))?;
    if args.check {
        return Ok(ExitCode::SUCCESS);
    }
    // Before anybody is told that we run: unheard, it would end us.
    let hangup = signal(SignalKind::hangup())?;
    let listener = buttress_drain::bind(args.listen.unwrap_or(config.listen)).await?;
    // Whoever starts us waits for this line.
    writeln!(
        io::stdout(),
        "listening on http://{}",
        listener.local_addr()?
    )?;
    let served = buttress_drain::serve(listener, start.gateway(hangup)).drain(drain);
    Ok(served.on_signals().await?.exit_code())
}

/// The same in processes that a supervisor starts, and starts again.
fn cluster(args: Args, writer: Writer, workers: usize) -> Result<ExitCode, Box<dyn Error>> {
    // The supervisor has nothing else to do with it.
    let config = match Config::load(&args.config) {
        Ok(config) => config,
        Err(error) => return Ok(refuse(&error)),
    };
    let cluster = Cluster::new()
        .bind(args.listen.unwrap_or(config.listen))
        .workers(workers);
    Ok(cluster.run(|worker| async move {
        let keep = Keep::new(writer, worker.drain());
        let start = match Start::load(&args, keep) {
            Ok((_, start)) => start,
            Err(error) => return Ok(refuse(&error)),
        };
        let gateway = start.gateway(signal(SignalKind::hangup())?);
        io::Result::Ok(worker.serve(gateway).await?.exit_code())
    }))
}

/// A supervisor starts nobody again for it, and keeps those that serve.
fn refuse(error: &dyn Error) -> ExitCode {
    eprintln!("gateway: {error}");
    ExitCode::from(78)
}
