//! `cargo xtask bench log`: what a line of the access log costs, beside tower-http's
//! TraceLayer with tracing-subscriber's JSON, and beside pino-http and morgan on
//! Express.
//!
//! Prints Markdown. `--quick` takes fewer turns.

mod count;
mod loopback;
mod saturation;
mod server;
mod stuck;

use buttress_benches::{Result, interleave::Effort, machine, verdict::Verdicts};
use std::{env, process::ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["count", subject, requests] => count::run(subject, requests),
        ["serve", subject, log] => server::serve(subject, log),
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
        "## log\n\n`cargo xtask bench log`\n\n{}\n",
        machine::describe()?
    );
    println!("{}", count::table(&mut verdicts)?);
    println!("{}", loopback::table(effort, &mut verdicts)?);
    println!("{}", stuck::table(effort, &mut verdicts)?);
    println!("{}", saturation::table()?);
    println!("### Figures\n\n{verdicts}");
    println!("Load average at the end: {}.", machine::load_average()?);
    Ok(())
}
