//! `cargo xtask bench e2e`: the production example beside what people use today,
//! whole servers with the same routes.
//!
//! Prints Markdown, and draws `benches/e2e.svg`. `--quick` takes fewer turns and
//! draws into the folder for temporary files; `--only TABLE` makes one.

mod agree;
mod axum;
mod chart;
mod costs;
mod example;
mod express;
mod idle;
mod layers;
mod ours;
mod overload;
mod routes;
mod stacks;

use buttress_benches::{Result, interleave::Effort, machine, verdict::Verdicts};
use stacks::Stacks;
use std::{env, path::PathBuf, process::ExitCode, time::Duration};

/// What the tables need.
struct Bench {
    effort: Effort,
    /// How many idle connections.
    connections: usize,
    chart: PathBuf,
    stacks: Stacks,
    verdicts: Verdicts,
}

type Table = fn(&mut Bench) -> Result<String>;

const TABLES: [(&str, Table); 4] = [
    ("requests", costs::make),
    ("overload", overload::make),
    ("idle", idle::make),
    ("layers", layers::make),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["serve", redis] => axum::serve(redis),
        ["count", subject, requests] => layers::count(subject, requests),
        [] => run(false, None),
        ["--quick"] => run(true, None),
        ["--only", table] => run(false, Some(table)),
        ["--quick", "--only", table] => run(true, Some(table)),
        _ => Err("arguments: --quick, --only requests|overload|idle|layers".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(is_quick: bool, only: Option<&str>) -> Result<()> {
    // The stacks of `layers` run in a process of its own.
    let stacks = match only {
        Some("layers") => Stacks::none(),
        _ => Stacks::start()?,
    };
    let mut bench = bench(is_quick, stacks);
    println!("## e2e\n\n`cargo xtask bench e2e`\n");
    println!("{}\n", machine::describe()?);
    println!("{}\n", stacks::versions(&bench.stacks)?);
    for (name, make) in TABLES {
        if only.is_none_or(|only| only == name) {
            eprintln!("{name} ...");
            println!("{}", make(&mut bench)?);
        }
    }
    println!("### Figures\n\n{}", bench.verdicts);
    println!("Load average at the end: {}.", machine::load_average()?);
    Ok(())
}

fn bench(is_quick: bool, stacks: Stacks) -> Bench {
    let effort = |rounds, milliseconds| Effort {
        rounds,
        turn: Duration::from_millis(milliseconds),
    };
    let beside = |folder: PathBuf| folder.join("e2e.svg");
    let (effort, connections, chart) = match is_quick {
        true => (effort(3, 30), 1_000, beside(env::temp_dir())),
        false => (
            effort(9, 150),
            10_000,
            beside(env!("CARGO_MANIFEST_DIR").into()),
        ),
    };
    Bench {
        effort,
        connections,
        chart,
        stacks,
        verdicts: Verdicts::default(),
    }
}
