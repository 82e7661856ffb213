//! Hits of the cache in front of the origin, beside nginx's proxy_cache.

use crate::{
    Bench, foreign,
    process::Server,
    serve::{CACHED, ORIGIN},
};
use buttress_benches::{
    Result, load,
    statistics::median,
    table::{Table, thousands, times},
};
use std::time::Instant;

pub(crate) fn make(bench: &mut Bench) -> Result<String> {
    let origin = Server::ours(ORIGIN, None)?;
    let servers = [
        foreign::nginx(origin.addr, true)?,
        Server::ours(CACHED, Some(origin.addr))?,
    ];
    let mut table = Table::new(["hits", "requests/s", "by nginx", "CPU each, µs", "by nginx"]);
    for (size, requests) in [("128", 40_000), ("65536", 12_000)] {
        let head = format!("GET /{size} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let requests = load::rounded(requests);
        let mut samples: [(Vec<f64>, Vec<f64>); 2] = Default::default();
        for round in 0..=bench.turns {
            for (server, samples) in servers.iter().zip(&mut samples) {
                let (begin, cpu) = (Instant::now(), server.cpu()?);
                load::run_head(server.addr, &head, requests)?;
                // The first round fills the caches.
                if round > 0 {
                    samples
                        .0
                        .push(requests as f64 / begin.elapsed().as_secs_f64());
                    samples
                        .1
                        .push((server.cpu()? - cpu) * 1e6 / requests as f64);
                }
            }
        }
        let [theirs, _] = &samples;
        for (server, (rates, cpu)) in servers.iter().zip(&samples) {
            table.row([
                format!("{}, {size} B", server.name),
                thousands(median(rates).round() as u64),
                times(median(rates) / median(&theirs.0)),
                format!("{:.1}", median(cpu)),
                times(median(cpu) / median(&theirs.1)),
            ]);
        }
    }
    Ok(table.to_string())
}
