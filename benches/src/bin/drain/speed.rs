//! What a request costs the server while nothing ends.

use crate::server::{AXUM, AXUM_WITH_LAYER, OURS, Server};
use buttress_benches::{
    Result, load,
    table::{Table, times},
    verdict::Verdicts,
};
use std::time::Instant;

const REQUESTS: u64 = 40_000;

pub(crate) fn table(turns: usize, verdicts: &mut Verdicts) -> Result<Table> {
    let subjects = [OURS, AXUM_WITH_LAYER, AXUM];
    let servers = subjects.map(Server::start);
    let mut samples = subjects.map(|_| vec![]);
    for _ in 0..turns {
        for (server, samples) in servers.iter().zip(&mut samples) {
            let server = server.as_ref().map_err(ToString::to_string)?;
            let (begin, ticks) = (Instant::now(), server.cpu_ticks()?);
            load::run(server.addr, "identity", REQUESTS)?;
            let seconds = begin.elapsed().as_secs_f64();
            samples.push((seconds, (server.cpu_ticks()? - ticks) as f64));
        }
    }
    let [.., (seconds, ticks)] = samples.each_ref().map(|samples| medians(samples));
    let mut table = Table::new(["requests over 16 connections", "time", "CPU"]);
    for (subject, samples) in subjects.iter().zip(&samples) {
        let (own_seconds, own_ticks) = medians(samples);
        if *subject == OURS {
            verdicts.at_most("CPU of a request beside axum's", 1.05, own_ticks / ticks);
        }
        table.row([
            (*subject).to_owned(),
            times(own_seconds / seconds),
            times(own_ticks / ticks),
        ]);
    }
    Ok(table)
}

fn medians(samples: &[(f64, f64)]) -> (f64, f64) {
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    };
    let (seconds, ticks) = samples.iter().copied().unzip();
    (median(seconds), median(ticks))
}
