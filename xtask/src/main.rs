//! The tasks of this repository, run as `cargo xtask TASK`. One file a task.

#![forbid(unsafe_code)]

mod bench;
mod ci;
mod context;
mod deep;
mod drift;
mod faults;
mod fuzz;
mod page;
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
    /// Breaks what the tests break, for longer, and prints what that came to
    Faults(faults::Args),
    /// Takes pictures of the example's page in Chromium
    Page(page::Args),
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
        Task::Page(args) => page::run(&cx, &args),
        Task::Tools(args) => tools::run(&cx, &args),
    });
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}
