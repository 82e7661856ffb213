//! `cargo xtask bench proxy`: buttress-proxy beside nginx, HAProxy and two peers of
//! its own kind.
//!
//! Each is a process with one thread, before the same origin; they take turns.
//! Prints Markdown. `--quick` takes fewer turns, `--only TABLE` makes one: speed,
//! latency, memory, cache.

mod cache;
mod foreign;
mod latency;
mod memory;
mod process;
mod serve;
mod speed;

use buttress_benches::{Result, machine, verdict::Verdicts};
use std::process::ExitCode;

/// What the tables share.
struct Bench {
    turns: usize,
    verdicts: Verdicts,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["serve", subject, origin] => serve::run(subject, origin),
        ["hold", origin] => memory::hold(origin),
        [] => run(9, None),
        ["--quick"] => run(3, None),
        ["--only", table] => run(9, Some(table)),
        ["--quick", "--only", table] => run(3, Some(table)),
        _ => Err("arguments: --quick, or --only speed|latency|memory|cache".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(turns: usize, only: Option<&str>) -> Result<()> {
    let mut bench = Bench {
        turns,
        verdicts: Verdicts::default(),
    };
    println!("## proxy\n\n`cargo xtask bench proxy`\n");
    println!("{}\n", machine::describe()?);
    let tables: [(&str, fn(&mut Bench) -> Result<String>); 4] = [
        ("speed", speed::make),
        ("latency", latency::make),
        ("memory", memory::make),
        ("cache", cache::make),
    ];
    for (name, make) in tables {
        if only.is_some_and(|only| only != name) {
            continue;
        }
        eprintln!("{name} ...");
        match make(&mut bench) {
            Ok(text) => println!("{text}\n"),
            Err(error) => println!("{name}: not run, {error}\n"),
        }
    }
    println!("### Figures\n\n{}", bench.verdicts);
    println!("Load average at the end: {}.", machine::load_average()?);
    Ok(())
}
