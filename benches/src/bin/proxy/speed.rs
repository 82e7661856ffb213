//! Requests per second, and what each costs the proxy.

use crate::{
    Bench, foreign,
    process::Server,
    serve::{AXUM, BARE, HYPER_UTIL, ORIGIN, OURS},
};
use buttress_benches::{
    Result, load,
    statistics::median,
    table::{Table, thousands, times},
};
use std::time::Instant;

/// For each size of a body, how many requests are a turn.
const SIZES: [(&str, u64); 2] = [("128", 40_000), ("65536", 12_000)];

pub(crate) fn make(bench: &mut Bench) -> Result<String> {
    let origin = Server::ours(ORIGIN, None)?;
    let mut servers = vec![
        foreign::nginx(origin.addr, false)?,
        foreign::haproxy(origin.addr)?,
    ];
    for name in [OURS, BARE, HYPER_UTIL, AXUM] {
        servers.push(Server::ours(name, Some(origin.addr))?);
    }
    let mut text = format!(
        "{}, one thread each, 16 connections.\n",
        foreign::versions()?
    );
    for (size, requests) in SIZES {
        let samples = measure(bench, &servers, size, requests)?;
        text.push_str(&format!("\n{}", table(bench, &servers, size, &samples)));
    }
    Ok(text)
}

/// Requests per second and microseconds of CPU for each, of all turns.
type Samples = Vec<(Vec<f64>, Vec<f64>)>;

fn measure(bench: &Bench, servers: &[Server], size: &str, requests: u64) -> Result<Samples> {
    let head = format!("GET /{size} HTTP/1.1\r\nhost: localhost\r\naccept: */*\r\n\r\n");
    let requests = load::rounded(requests);
    let mut samples: Samples = servers.iter().map(|_| Default::default()).collect();
    // The first round warms up.
    for round in 0..=bench.turns {
        for turn in 0..servers.len() {
            let at = (round + turn) % servers.len();
            let (begin, cpu) = (Instant::now(), servers[at].cpu()?);
            load::run_head(servers[at].addr, &head, requests)?;
            let seconds = begin.elapsed().as_secs_f64();
            let cpu = servers[at].cpu()? - cpu;
            if round > 0 {
                samples[at].0.push(requests as f64 / seconds);
                samples[at].1.push(cpu * 1e6 / requests as f64);
            }
        }
    }
    Ok(samples)
}

fn table(bench: &mut Bench, servers: &[Server], size: &str, samples: &Samples) -> Table {
    let title = format!("{size} B");
    let columns = [
        &*title,
        "requests/s",
        "by nginx",
        "CPU each, µs",
        "by nginx",
    ];
    let mut table = Table::new(columns);
    for (server, (rates, cpu)) in servers.iter().zip(samples) {
        let rate = ratio(rates, &samples[0].0);
        let cost = ratio(cpu, &samples[0].1);
        if server.name == OURS {
            let figures = &mut bench.verdicts;
            figures.at_least(format!("{size} B: requests/s by nginx's"), 0.90, rate);
            figures.at_most(format!("{size} B: CPU by nginx's"), 1.20, cost);
        }
        table.row([
            server.name.to_owned(),
            thousands(median(rates).round() as u64),
            times(rate),
            format!("{:.1}", median(cpu)),
            times(cost),
        ]);
    }
    table
}

/// The median of the turns' ratios.
fn ratio(ours: &[f64], theirs: &[f64]) -> f64 {
    let ratios: Vec<f64> = ours.iter().zip(theirs).map(|(a, b)| a / b).collect();
    median(&ratios)
}
