//! `cargo xtask bench sync-io`: what buttress-sync-io costs a server, a poll and
//! a call, and what it finds beside `node --trace-sync-io`.
//!
//! Prints Markdown. `--quick` takes fewer turns.

mod dog;
mod hello;
mod instructions;
mod node;
mod polls;

use buttress_benches::{Result, interleave::Effort, machine, verdict::Verdicts};
use std::{env, process::ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["serve", mode] => hello::serve(mode),
        ["count", mode, requests] => instructions::count(mode, requests),
        ["idle"] => dog::idle(),
        [] => run(Effort::FULL),
        ["--quick"] => run(Effort::QUICK),
        _ => Err("the only argument is --quick".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(effort: Effort) -> Result<()> {
    let mut verdicts = Verdicts::default();
    println!(
        "## sync-io\n\n`cargo xtask bench sync-io`\n\n{}\n",
        machine::describe()?
    );
    println!("### A server\n\n{}", hello::table(effort, &mut verdicts)?);
    println!(
        "### A poll and a call\n\n{}",
        polls::table(effort, &mut verdicts)?
    );
    println!("### Instructions\n\n{}", instructions::table()?);
    println!("### The watchdog\n\n{}", dog::table(&mut verdicts)?);
    println!(
        "### Beside Node {}\n\n{}",
        node::version()?,
        node::table(&mut verdicts)?
    );
    println!("### Figures\n\n{verdicts}");
    println!("Load average at the end: {}.", machine::load_average()?);
    Ok(())
}
