//! `cargo xtask bench cluster`: buttress-cluster beside pm2 and node's cluster module,
//! and four workers beside one process.
//!
//! Prints Markdown. `--quick` takes fewer turns, `--only TABLE` makes one: failures,
//! respawn or speed.

mod failures;
mod peers;
mod respawn;
mod server;
mod speed;
#[path = "../../../../crates/buttress-cluster/tests/cluster/support/storm.rs"]
#[allow(unreachable_pub, dead_code)]
mod storm;

use buttress_benches::{Result, machine, verdict::Verdicts};
use std::{process::ExitCode, time::Duration};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", subject] => return server::run(subject),
        [] => run(10, None),
        ["--quick"] => run(2, None),
        ["--only", table] => run(10, Some(table)),
        _ => Err("arguments: --quick, or --only failures|respawn|speed".into()),
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
    println!("{}\n", machine::describe()?);
    let mut verdicts = Verdicts::default();
    let wants = |table| only.is_none_or(|only| only == table);
    if wants("failures") {
        println!("{}", failures::table(turns, &mut verdicts)?);
    }
    if wants("respawn") {
        println!("{}", respawn::table(2 * turns, &mut verdicts)?);
    }
    if wants("speed") {
        println!("{}", speed::table(turns, &mut verdicts)?);
    }
    println!("{verdicts}");
    Ok(())
}

/// Waits for what the storm waits for.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let holds = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    if tokio::time::timeout(Duration::from_secs(60), holds)
        .await
        .is_err()
    {
        // What was counted until then is of interest, too.
        eprintln!("waited in vain: {what}");
    }
}
