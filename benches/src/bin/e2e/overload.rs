//! How long requests wait where there are more than a server can answer.

use crate::{
    Bench,
    routes::{MIDDLING, ROUTES},
    stacks::{AXUM, EXPRESS, OURS},
};
use buttress_benches::{
    Result, load,
    statistics::{median, quantile},
    table::{Table, times},
};

const CONNECTIONS: usize = 256;
const PATHS: [(&str, u64); 2] = [("/plain", 12_000), (MIDDLING, 1_500)];

pub(crate) fn make(bench: &mut Bench) -> Result<String> {
    let stacks = bench.stacks.only(&[OURS, AXUM, EXPRESS]);
    let mut table = Table::new(["", "server", "p50, ms", "p99, ms", "p99, by axum's"]);
    for (path, requests) in PATHS {
        let route = ROUTES.iter().find(|route| route.path == path);
        let route = route.ok_or("no such route")?;
        let mut quantiles = vec![Vec::new(); stacks.len()];
        // The first round warms up.
        for round in 0..=bench.effort.rounds {
            for (stack, quantiles) in stacks.iter().zip(&mut quantiles) {
                let request = route.request(stack)?;
                let latencies = load::timed(stack.addr, &request, CONNECTIONS, requests)?;
                if round > 0 {
                    quantiles.push([0.5, 0.99].map(|share| quantile(&latencies, share)));
                }
            }
        }
        let of = |which: usize, share: usize| -> f64 {
            median(
                &quantiles[which]
                    .iter()
                    .map(|pair| pair[share])
                    .collect::<Vec<_>>(),
            )
        };
        // The stacks stand in the order that they were asked for.
        for (which, stack) in stacks.iter().enumerate() {
            let [p50, p99] = [0, 1].map(|share| of(which, share));
            let milliseconds = [p50, p99].map(|time| format!("{:.1}", time / 1e6));
            let [p50, p99] = milliseconds;
            let ratio = times(of(which, 1) / of(1, 1));
            table.row([
                route.name.to_owned(),
                stack.name.to_owned(),
                p50,
                p99,
                ratio,
            ]);
        }
        let figure = format!("p99 under overload, {}, by axum's", route.name);
        bench.verdicts.at_most(figure, 1.0, of(0, 1) / of(1, 1));
    }
    Ok(format!(
        "### Overload\n\n{CONNECTIONS} connections, all with a request at any time; medians of {} rounds.\n\n{table}",
        bench.effort.rounds
    ))
}
