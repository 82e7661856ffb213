//! How soon a killed worker's successor serves, and what the supervisor takes.

use crate::{
    Turns,
    server::{Ours, kill},
    subject::{NAMES, Subject},
};
use buttress_benches::{
    Result,
    statistics::{median, quantile},
    table::Table,
    verdict::Verdicts,
};
use rustix::process::Signal;
use std::time::Instant;

pub(crate) fn table(turns: Turns, verdicts: &mut Verdicts) -> Result<Table> {
    let kills = turns.kills;
    let ours = Ours::start("cluster")?;
    let mut times = Vec::new();
    for turn in 0..kills {
        let status = ours.all_serve()?;
        let victim = status.workers[turn % status.workers.len()].pid;
        let begun = Instant::now();
        kill(victim, Signal::KILL)?;
        while ours
            .all_serve()?
            .workers
            .iter()
            .any(|worker| worker.pid == victim)
        {}
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    let status = ours.all_serve()?;
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let workers = status.workers.iter().map(|worker| mib(worker.memory));
    let workers: Vec<_> = workers.collect();
    let mut table = Table::new(["", "median", "worst"]);
    let row = |unit: &str, one: f64, other: f64| {
        [format!("{one:.1} {unit}"), format!("{other:.1} {unit}")]
    };
    let [one, other] = row("ms", median(&times), quantile(&times, 1.0));
    table.row([
        format!("killed until its successor serves, {kills} times"),
        one,
        other,
    ]);
    let [one, other] = row("MiB", mib(status.memory), mib(status.memory));
    table.row(["memory of the supervisor".to_owned(), one, other]);
    let [one, other] = row("MiB", median(&workers), quantile(&workers, 1.0));
    table.row(["memory of a worker".to_owned(), one, other]);
    drop(ours);
    for (index, name) in NAMES.into_iter().enumerate().skip(1) {
        let memory = mib(Subject::start(index)?.supervisor_memory()?);
        let [one, other] = row("MiB", memory, memory);
        table.row([format!("memory of the supervisor: {name}"), one, other]);
    }
    verdicts.at_most("respawn, ms (median)", 20.0, median(&times));
    verdicts.at_most("memory of the supervisor, MiB", 8.0, mib(status.memory));
    Ok(table)
}
