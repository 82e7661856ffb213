//! The tasks of this repository, run as `cargo xtask TASK`. One file a task.

#![forbid(unsafe_code)]

mod bench;
mod ci;
mod context;
mod deep;
mod drift;
mod faults;
mod fuzz;
mod runner;
mod tools;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::context::Context;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about, version)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Runs every check that a commit has to pass, or only the named steps
    Ci(ci::Args),
    /// Runs the slower checks that need the optional tools
    Deep(deep::Args),
    /// Runs a comparison of benches/ and prints its table
    Bench(bench::Args),
    /// Runs a fuzz target of fuzz/ for a while
    Fuzz(fuzz::Args),
    /// Ends a server under load again and again
    Faults(faults::Args),
    /// Installs the optional tools at pinned versions into target/tools
    Tools(tools::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = Context::new().and_then(|cx| match cli.task {
        Task::Ci(args) => ci::run(&cx, &args),
        Task::Deep(args) => deep::run(&cx, &args),
        Task::Bench(args) => bench::run(&cx, &args),
        Task::Fuzz(args) => fuzz::run(&cx, &args),
        Task::Faults(args) => faults::run(&cx, &args),
        Task::Tools(args) => tools::run(&cx, &args),
    });
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}
