//! Requests a second of four workers with a thread each, beside one worker with a
//! thread a processor. The clients take their part of the same processors.

use crate::{Turns, server::Ours};
use buttress_benches::{
    Error, Result, load,
    statistics::median,
    table::{Table, times},
    verdict::Verdicts,
};
use std::{net::SocketAddr, thread, time::Instant};

/// What a turn asks for.
const REQUESTS: u64 = 16_000;
const CLIENTS: u64 = 16;
const SHORT: &str = "a connection a request";

type Load = fn(SocketAddr) -> Result<u64>;

pub(crate) fn table(turns: Turns, verdicts: &mut Verdicts) -> Result<Table> {
    let four = Ours::start("cluster")?;
    let one = Ours::start("one")?;
    let loads: [(&str, Load); 3] = [
        (SHORT, short),
        ("keep-alive", keep_alive),
        ("300 µs of work, keep-alive", work),
    ];
    let mut table = Table::new([
        "requests a second",
        "one worker, all processors",
        "four workers",
        "four / one",
    ]);
    for (name, load) in loads {
        let (mut rates, mut ratios) = ([Vec::new(), Vec::new()], Vec::new());
        for turn in 0..turns.speed {
            // None always follows the other.
            let (a, b) = if turn % 2 == 0 {
                let a = rate(&one, load)?;
                (a, rate(&four, load)?)
            } else {
                let b = rate(&four, load)?;
                (rate(&one, load)?, b)
            };
            rates[0].push(a);
            rates[1].push(b);
            ratios.push(b / a);
        }
        let ratio = median(&ratios);
        let rate = |index: usize| format!("{:.0}", median(&rates[index]));
        table.row([name.to_owned(), rate(0), rate(1), times(ratio)]);
        // What the docs recommend more workers for; the others are no reason for it.
        if name == SHORT {
            verdicts.at_least(format!("four workers / one, {name}"), 1.0, ratio);
        }
    }
    Ok(table)
}

fn rate(subject: &Ours, load: Load) -> Result<f64> {
    let begun = Instant::now();
    let requests = load(subject.addr)?;
    Ok(requests as f64 / begun.elapsed().as_secs_f64())
}

fn keep_alive(addr: SocketAddr) -> Result<u64> {
    independent(addr, "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n", REQUESTS)
}

fn work(addr: SocketAddr) -> Result<u64> {
    let head = "GET /work HTTP/1.1\r\nhost: localhost\r\n\r\n";
    independent(addr, head, REQUESTS / 8)
}

/// None waits for what others are answered, as it is with clients in the wild.
fn independent(addr: SocketAddr, head: &str, requests: u64) -> Result<u64> {
    let times = load::timed(addr, head, CLIENTS as usize, requests)?;
    Ok(times.len() as u64)
}

fn short(addr: SocketAddr) -> Result<u64> {
    let each = REQUESTS / 4 / CLIENTS;
    let head = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    thread::scope(|scope| {
        let one = || {
            (0..each)
                .try_for_each(|_| load::once_head(addr, head).map(drop))
                .map_err(|error| error.to_string())
        };
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(one)).collect();
        for client in clients {
            client
                .join()
                .map_err(|_| "a client panicked")?
                .map_err(Error::from)?;
        }
        Ok(each * CLIENTS)
    })
}
