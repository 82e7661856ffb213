//! How the workers fare, look after look.

use crate::{
    args::{Top, Which},
    ask, table,
};
use buttress_cluster::control::{Status, WorkerStatus, percentile_ms};
use std::{
    error::Error,
    io::{self, IsTerminal},
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

const EVERY: Duration = Duration::from_secs(1);

/// What a worker did between two looks.
struct Rates {
    cpu_percent: f64,
    requests_per_second: f64,
    p99_ms: Option<f64>,
}

pub(crate) fn watch(which: &Which, top: &Top) -> Result<ExitCode, Box<dyn Error>> {
    let mut client = ask::connect(which)?;
    let mut before = ask::status(&mut client)?;
    let mut since = Instant::now();
    let mut looks = 0;
    while top.count.is_none_or(|count| looks < count) {
        thread::sleep(EVERY);
        let status = ask::status(&mut client)?;
        let elapsed = since.elapsed();
        since = Instant::now();
        let rates: Vec<_> = status
            .workers
            .iter()
            .map(|it| rates(it, &before, elapsed))
            .collect();
        let shown = match top.json {
            true => ask::say(&json(&status, &rates)),
            false => show(&status, &rates),
        };
        if shown.is_err() {
            break;
        }
        before = status;
        looks += 1;
    }
    Ok(ExitCode::SUCCESS)
}

fn rates(worker: &WorkerStatus, before: &Status, elapsed: Duration) -> Rates {
    let none = WorkerStatus::default();
    let earlier = before
        .workers
        .iter()
        .find(|it| it.pid == worker.pid)
        .unwrap_or(&none);
    let a_second =
        |now: u64, before: u64| now.saturating_sub(before) as f64 / elapsed.as_secs_f64();
    let counts = worker.latencies.iter().enumerate().map(|(bucket, count)| {
        count.saturating_sub(earlier.latencies.get(bucket).copied().unwrap_or_default())
    });
    Rates {
        cpu_percent: a_second(worker.cpu_ms, earlier.cpu_ms) / 10.0,
        requests_per_second: a_second(worker.requests, earlier.requests),
        p99_ms: percentile_ms(&counts.collect::<Vec<_>>(), 99),
    }
}

fn show(status: &Status, rates: &[Rates]) -> io::Result<()> {
    let row = |(worker, rates): (&WorkerStatus, &Rates)| {
        vec![
            worker.slot.to_string(),
            worker.pid.to_string(),
            worker.state.clone(),
            format!("{:.0} %", rates.cpu_percent),
            table::bytes(worker.memory),
            worker.restarts.to_string(),
            format!("{:.0}", rates.requests_per_second),
            worker.in_flight.to_string(),
            worker.connections.to_string(),
            table::millis(rates.p99_ms),
        ]
    };
    let rows: Vec<_> = status.workers.iter().zip(rates).map(row).collect();
    let head = [
        "worker",
        "pid",
        "state",
        "cpu",
        "memory",
        "restarts",
        "req/s",
        "in flight",
        "open",
        "p99",
    ];
    // On a terminal each look takes the place of the one before.
    let clear = if io::stdout().is_terminal() {
        "\x1b[H\x1b[2J"
    } else {
        ""
    };
    ask::say(&format!(
        "{clear}{}\n{}",
        table::summary(status),
        table::table(&head, &rows)
    ))
}

fn json(status: &Status, rates: &[Rates]) -> String {
    let worker = |(worker, rates): (&WorkerStatus, &Rates)| {
        serde_json::json!({
            "slot": worker.slot,
            "pid": worker.pid,
            "state": worker.state,
            "cpu_percent": rates.cpu_percent,
            "memory": worker.memory,
            "restarts": worker.restarts,
            "requests_per_second": rates.requests_per_second,
            "in_flight": worker.in_flight,
            "connections": worker.connections,
            "p99_ms": rates.p99_ms,
        })
    };
    let workers: Vec<_> = status.workers.iter().zip(rates).map(worker).collect();
    serde_json::json!({ "program": status.program, "wanted": status.wanted, "workers": workers })
        .to_string()
}
