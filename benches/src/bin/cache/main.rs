//! `cargo xtask bench cache`: what a hit costs beside its peers and beside the
//! floor, what passing costs, how the store holds up, and nginx.
//!
//! Prints Markdown. `--quick` takes fewer turns; `--only NAME` makes one table so.

mod growth;
mod hits;
mod origin;
mod proxy;
mod ratios;
mod shared;
mod storm;
mod subject;

use buttress_benches::{Result, interleave::Effort, machine, verdict::Verdicts};
use std::{env, process::ExitCode};

/// What the tables share.
struct Bench {
    effort: Effort,
    is_quick: bool,
    verdicts: Verdicts,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["count", subject, size, requests] => subject::count(subject, size, requests),
        ["shared", from, requests] => shared::count(from, requests),
        ["serve", app] => proxy::serve(app),
        [] => run(false, ""),
        ["--quick"] => run(true, ""),
        ["--only", table] => run(true, table),
        _ => Err("the arguments are --quick, or --only and the name of a table".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(is_quick: bool, only: &str) -> Result<()> {
    let effort = if is_quick {
        Effort::QUICK
    } else {
        Effort::FULL
    };
    let mut bench = Bench {
        effort,
        is_quick,
        verdicts: Verdicts::default(),
    };
    let machine = machine::describe()?;
    println!("## cache\n\n`cargo xtask bench cache`\n\n{machine}\n");
    let tables: [(&str, fn(&mut Bench) -> Result<String>); 7] = [
        ("hits", hits::make),
        ("passing", hits::passing),
        ("growth", growth::make),
        ("hit ratios", ratios::make),
        ("a storm", storm::make),
        ("the second tier", shared::make),
        ("nginx", proxy::make),
    ];
    for (name, make) in tables {
        if !name.contains(only) {
            continue;
        }
        eprintln!("{name} ...");
        match make(&mut bench) {
            Ok(text) => println!("{text}"),
            Err(error) => println!("### {name}\n\nNot run: {error}\n"),
        }
    }
    println!("### Figures\n\n{}", bench.verdicts);
    println!("Load average at the end: {}.", machine::load_average()?);
    Ok(())
}
