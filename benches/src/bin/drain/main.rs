//! `cargo xtask bench drain`: buttress-drain beside axum's graceful shutdown.
//!
//! Each server is a process of its own that ends by SIGTERM under load; the
//! subjects take turns. Prints Markdown. `--quick` takes fewer turns.

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

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", subject] => return server::run(subject),
        [] => run(20, 10_000),
        ["--quick"] => run(3, 1_000),
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

fn run(turns: usize, connections: usize) -> Result<()> {
    println!("{}\n", machine::describe()?);
    let mut verdicts = Verdicts::default();
    println!("{}", storms::table(turns, &mut verdicts)?);
    println!("{}", ends::table(&mut verdicts)?);
    println!("{}", idle::table(connections, &mut verdicts)?);
    println!("{}", speed::table(turns, &mut verdicts)?);
    println!("{verdicts}");
    Ok(())
}
