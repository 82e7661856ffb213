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

use buttress_drain::Drain;
use buttress_log::Writer;
use clap::Parser;
use cli::Args;
use keep::Keep;
use reload::Gateway;
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

#[tokio::main]
async fn run(args: Args, writer: Writer) -> Result<ExitCode, Box<dyn Error>> {
    let drain = Drain::new();
    let mut keep = Keep::new(writer, drain.clone());
    let stamp = reload::stamp(&args.config);
    let (config, app) = reload::load(&args.config, &mut keep)?;
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
    let gateway = Gateway::new(app);
    tokio::spawn(reload::watch(
        args.config,
        stamp,
        hangup,
        gateway.clone(),
        keep,
    ));
    let served = buttress_drain::serve(listener, gateway).drain(drain);
    Ok(served.on_signals().await?.exit_code())
}
