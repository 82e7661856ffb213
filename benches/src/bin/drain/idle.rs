//! What idle connections cost the server, and what it gives back.

use crate::server::{AXUM, OURS, Server};
use buttress_benches::{
    Result,
    idle::{self, Idle},
    load,
    table::{Table, thousands, times},
    verdict::Verdicts,
};
use std::time::Duration;

/// How they come: all at once, when the peak of their first requests is what
/// the allocator keeps, or one after the other.
const PACES: [(&str, Duration); 2] = [
    ("at once", Duration::ZERO),
    ("500 a second", Duration::from_millis(2)),
];

pub(crate) fn table(connections: usize, verdicts: &mut Verdicts) -> Result<Table> {
    let mut table = Table::new([
        "idle connections",
        "server",
        "KiB each before a request",
        "KiB each 3 s after one",
        "left after closing",
        "of it in use",
    ]);
    for (name, pace) in PACES {
        for subject in [OURS, AXUM] {
            let [fresh, idle, left, in_use] = measure(subject, connections, pace)?;
            if subject == OURS {
                verdicts.at_most(format!("KiB of an idle connection, {name}"), 12.0, idle);
                let figure = format!("KiB of each not given back to the allocator, {name}");
                verdicts.at_most(figure, 0.05, in_use);
            }
            table.row([
                format!("{}, requests {name}", thousands(connections as u64)),
                subject.to_owned(),
                times(fresh),
                times(idle),
                times(left),
                times(in_use),
            ]);
        }
    }
    Ok(table)
}

fn measure(subject: &str, connections: usize, pace: Duration) -> Result<[f64; 4]> {
    let server = Server::start(subject)?;
    load::run(server.addr, "identity", 1_000)?;
    let heap = server.heap()?;
    let head = "GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n";
    let Idle { fresh, idle, left } =
        idle::measure(server.addr, head, connections, pace, || server.resident())?;
    let in_use = idle::each(server.heap()?.saturating_sub(heap), connections);
    Ok([fresh, idle, left, in_use])
}
