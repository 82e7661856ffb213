//! SIGTERM under load: what fails.

use crate::{
    server::{ALL, OURS, Server},
    storm::{Manner, Storm, Tally},
};
use buttress_benches::{
    Result,
    table::{Table, thousands},
    verdict::Verdicts,
};
use std::time::Duration;

const LOADS: [(&str, Manner, usize); 4] = [
    ("keep-alive, no pause", Manner::KeepAlive, 64),
    (
        "keep-alive, 30 ms pauses",
        Manner::Leisurely(Duration::from_millis(30)),
        64,
    ),
    (
        "keep-alive, 700 ms pauses",
        Manner::Leisurely(Duration::from_millis(700)),
        256,
    ),
    ("a connection per request", Manner::Single, 32),
];

pub(crate) fn table(turns: usize, verdicts: &mut Verdicts) -> Result<Table> {
    let mut table = Table::new(["load", "server", "answered", "failed", "runs with failures"]);
    for (load, manner, clients) in LOADS {
        let mut sums = ALL.map(|_| (Tally::default(), 0));
        for _ in 0..turns {
            for (subject, (sum, failing)) in ALL.iter().zip(&mut sums) {
                let tally = one(subject, manner, clients)?;
                *failing += usize::from(!tally.failed.is_empty());
                sum.answered += tally.answered;
                sum.failed.extend(tally.failed);
            }
        }
        for (subject, (sum, failing)) in ALL.iter().zip(sums) {
            if *subject == OURS {
                let figure = format!("failed requests, {load}");
                verdicts.at_most(figure, 0.0, sum.failed.len() as f64);
            }
            table.row([
                load.to_owned(),
                (*subject).to_owned(),
                thousands(sum.answered as u64),
                sum.failed.len().to_string(),
                format!("{failing} of {turns}"),
            ]);
        }
    }
    Ok(table)
}

/// One server from its start to its end.
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn one(subject: &str, manner: Manner, clients: usize) -> Result<Tally> {
    let server = Server::start(subject)?;
    let storm = Storm::begin(server.addr, manner, clients);
    storm.reaches(clients * 10).await;
    server.terminate()?;
    let ended = tokio::time::timeout(Duration::from_secs(20), storm.end()).await;
    Ok(ended.map_err(|_| format!("{subject}: the clients did not come to an end"))?)
}
