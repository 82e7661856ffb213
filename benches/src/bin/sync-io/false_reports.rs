//! The production example under load with `--detect exact`: whatever is reported
//! but for `/block` is a mistake.

mod client;
mod server;

use buttress_benches::{Result, table::Table, verdict::Verdicts};
use server::Server;
use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

/// How many clients there are.
const CLIENTS: u64 = 12;
/// It ends by then, and has failed.
const LIMIT: Duration = Duration::from_secs(30 * 60);

pub(crate) fn table(requests: u64, verdicts: &mut Verdicts) -> Result<Table> {
    let mut server = Server::start()?;
    let started = Instant::now();
    let answered = load(&server, requests)?;
    let took = started.elapsed();
    // Reports are made one after the other, so with this one all others are there.
    client::block(server.addr())?;
    let reports = server.until("/block", Duration::from_secs(60))?;
    let mistakes: Vec<_> = reports.iter().filter(|it| !it.contains("/block")).collect();
    for mistake in &mistakes {
        eprintln!("a report that is a mistake: {mistake}");
    }
    let mut table = Table::new(["the production example, release build, exact", ""]);
    let mut row = |name: &str, value: String| table.row([name.to_owned(), value]);
    row("requests that were answered", answered.to_string());
    row("in seconds", format!("{:.0}", took.as_secs_f64()));
    row("reports", mistakes.len().to_string());
    row(
        "reports of a `/block` after them",
        (reports.len() - mistakes.len()).to_string(),
    );
    verdicts.at_least(
        "requests of the production example",
        requests as f64,
        answered as f64,
    );
    verdicts.at_most("reports of them", 0.0, mistakes.len() as f64);
    Ok(table)
}

/// Sends all of them; how many were answered.
fn load(server: &Server, requests: u64) -> Result<u64> {
    let (next, answered, deadline) = (AtomicU64::new(0), AtomicU64::new(0), Instant::now() + LIMIT);
    let addr = server.addr();
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(|| -> Result<(), String> {
                    let mut client = client::Client::new(addr);
                    loop {
                        // Some are not answered, on purpose: those do not count.
                        let number = next.fetch_add(1, Relaxed);
                        if answered.load(Relaxed) >= requests || Instant::now() > deadline {
                            return Ok(());
                        }
                        let is_answered = client.ask(number).map_err(|error| error.to_string())?;
                        answered.fetch_add(u64::from(is_answered), Relaxed);
                    }
                })
            })
            .collect();
        for client in clients {
            client.join().map_err(|_| "a client panicked")??;
        }
        Ok(answered.load(Relaxed))
    })
}
