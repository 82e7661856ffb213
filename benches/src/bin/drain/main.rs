//! `cargo xtask bench drain`: buttress-drain beside axum's graceful shutdown.
//!
//! Each server is a process of its own that ends by SIGTERM under load; the
//! subjects take turns. Prints Markdown. `--quick` takes fewer turns,
//! `--only TABLE` makes one: storms, ends, idle or speed.

mod ends;
mod idle;
mod server;
mod speed;
#[path = "../../../../crates/buttress-drain/tests/support/storm.rs"]
#[allow(unreachable_pub, dead_code)]
mod storm;
mod storms;

use buttress_benches::{Result, machine, verdict::Verdicts};
use std::process::ExitCode;

/// Idle ones; their two ends fit into the open files of two processes.
const CONNECTIONS: usize = 10_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", subject] => return server::run(subject),
        [] => run(20, CONNECTIONS, None),
        ["--quick"] => run(3, 1_000, None),
        ["--only", table] => run(20, CONNECTIONS, Some(table)),
        _ => Err("arguments: --quick, or --only storms|ends|idle|speed".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(turns: usize, connections: usize, only: Option<&str>) -> Result<()> {
    println!("## drain\n\n`cargo xtask bench drain`\n");
    println!("{}\n", machine::describe()?);
    let mut verdicts = Verdicts::default();
    let wants = |table| only.is_none_or(|only| only == table);
    if wants("storms") {
        println!(
            "### Ends under load\n\n{}",
            storms::table(turns, &mut verdicts)?
        );
    }
    if wants("ends") {
        println!(
            "### Ends with a client that does not finish\n\n{}",
            ends::table(&mut verdicts)?
        );
    }
    if wants("idle") {
        println!(
            "### Idle connections\n\n{}",
            idle::table(connections, &mut verdicts)?
        );
    }
    if wants("speed") {
        println!("### A request\n\n{}", speed::table(turns, &mut verdicts)?);
    }
    println!("### Figures\n\n{verdicts}");
    println!("Load average at the end: {}.", machine::load_average()?);
    Ok(())
}
