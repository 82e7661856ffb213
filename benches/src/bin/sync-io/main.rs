//! `cargo xtask bench sync-io`: what buttress-sync-io costs a server, a poll and
//! a call, and what it finds beside `node --trace-sync-io`.
//!
//! Prints Markdown. `-- --quick` takes fewer turns; `-- --only SECTION` leaves the
//! others out, and fails if one of its figures is not reached.

mod dog;
mod false_reports;
mod hello;
mod instructions;
mod node;
mod polls;
mod programs;

use buttress_benches::{Result, interleave::Effort, machine, verdict::Verdicts};
use programs::Programs;
use std::{env, process::ExitCode};

const SECTIONS: [&str; 6] = [
    "server",
    "polls",
    "instructions",
    "watchdog",
    "node",
    "false-reports",
];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["serve", subject] => hello::serve(subject).map(|()| true),
        ["count", what, subject, requests] => {
            instructions::count(what, subject, requests).map(|()| true)
        }
        ["idle"] => dog::idle().map(|()| true),
        [] => run(false, &SECTIONS).map(|_| true),
        ["--quick"] => run(true, &SECTIONS).map(|_| true),
        ["--only", section] if SECTIONS.contains(&section) => run(false, &[section]),
        ["--quick", "--only", section] if SECTIONS.contains(&section) => run(true, &[section]),
        _ => Err(format!("usage: [--quick] [--only {}]", SECTIONS.join("|")).into()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints these; whether all figures were reached.
fn run(is_quick: bool, sections: &[&str]) -> Result<bool> {
    let effort = if is_quick {
        Effort::QUICK
    } else {
        Effort::FULL
    };
    let (mut verdicts, has) = (Verdicts::default(), |section| sections.contains(&section));
    println!(
        "## sync-io\n\n`cargo xtask bench sync-io`\n\n{}\n",
        machine::describe()?
    );
    if has("server") || has("instructions") {
        let programs = Programs::build()?;
        if has("server") {
            let table = hello::table(effort, &programs, &mut verdicts)?;
            println!("### A server\n\n{table}");
        }
        if has("instructions") {
            let table = instructions::table(&programs, &mut verdicts)?;
            println!("### Instructions\n\n{table}");
        }
    }
    if has("polls") {
        let table = polls::table(effort, &mut verdicts)?;
        println!("### A poll and a call\n\n{table}");
    }
    if has("watchdog") {
        println!("### The watchdog\n\n{}", dog::table(&mut verdicts)?);
    }
    if has("node") {
        let (version, table) = (node::version()?, node::table(&mut verdicts)?);
        println!("### Beside Node {version}\n\n{table}");
    }
    if has("false-reports") {
        let requests = if is_quick { 2_000 } else { 100_000 };
        let table = false_reports::table(requests, &mut verdicts)?;
        println!("### False reports\n\n{table}");
    }
    println!("### Figures\n\n{verdicts}");
    println!("Load average at the end: {}.", machine::load_average()?);
    Ok(verdicts.are_reached())
}
