//! `cargo xtask bench cluster`: buttress-cluster beside pm2 and node's cluster module,
//! and four workers beside one process.
//!
//! Prints Markdown. `--quick` takes fewer turns, `--only TABLE` makes one: failures,
//! blocked, respawn or speed.

mod blocked;
mod failures;
mod peers;
mod respawn;
mod server;
mod speed;
#[path = "../../../../crates/buttress-cluster/tests/cluster/support/storm.rs"]
#[allow(unreachable_pub, dead_code)]
mod storm;
mod subject;

use buttress_benches::{Result, machine, npm, table::Table, verdict::Verdicts};
use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

/// How much of it.
#[derive(Clone, Copy)]
struct Turns {
    reloads: usize,
    /// Of workers under load.
    deaths: usize,
    /// How long clients go on after a deploy that did not work.
    aftermath: Duration,
    blocks: usize,
    /// Of workers with nothing to do.
    kills: usize,
    speed: usize,
}

const FULL: Turns = Turns {
    reloads: 10,
    deaths: 4,
    aftermath: Duration::from_secs(5),
    blocks: 5,
    kills: 40,
    speed: 9,
};
const QUICK: Turns = Turns {
    reloads: 1,
    deaths: 1,
    aftermath: Duration::from_secs(1),
    blocks: 1,
    kills: 10,
    speed: 3,
};

type Make = fn(Turns, &mut Verdicts) -> Result<Table>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", subject] => return server::run(subject),
        [] => run(FULL, None),
        ["--quick"] => run(QUICK, None),
        ["--only", table] => run(FULL, Some(table)),
        ["--quick", "--only", table] => run(QUICK, Some(table)),
        _ => Err("arguments: --quick, --only failures|blocked|respawn|speed".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(turns: Turns, only: Option<&str>) -> Result<()> {
    println!("## cluster\n\n`cargo xtask bench cluster`\n");
    println!("{}\n", machine::describe()?);
    println!(
        "Peers: {} and node's cluster module, with {}, on node {}.\n",
        peers::PACKAGES[0],
        peers::PACKAGES[1],
        npm::node_version()?
    );
    let mut verdicts = Verdicts::default();
    let tables: [(&str, Make); 4] = [
        ("failures", failures::table),
        ("blocked", blocked::table),
        ("respawn", respawn::table),
        ("speed", speed::table),
    ];
    for (name, make) in tables {
        if only.is_some_and(|only| only != name) {
            continue;
        }
        let begun = Instant::now();
        let made = make(turns, &mut verdicts);
        eprintln!("{name}: {:.0} s", begun.elapsed().as_secs_f64());
        match made {
            Ok(table) => println!("{table}"),
            // The others are of interest all the same.
            Err(error) => println!("{name}: not run, {error}\n"),
        }
    }
    println!("### Figures\n\n{verdicts}");
    println!("Load average at the end: {}.", machine::load_average()?);
    Ok(())
}

/// Waits for what the storm waits for.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let holds = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    if tokio::time::timeout(Duration::from_secs(10), holds)
        .await
        .is_err()
    {
        // A peer may be down for good. What was counted until then is of interest.
        eprintln!("waited in vain: {what}");
    }
}
