//! What idle connections cost the server, and what it gives back.

use crate::server::{AXUM, OURS, Server};
use buttress_benches::{
    Result,
    table::{Table, thousands, times},
    verdict::Verdicts,
};
use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::Duration,
};

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
    buttress_benches::load::run(server.addr, "identity", 1_000)?;
    let (before, heap) = (server.resident()?, server.heap()?);
    let each = |bytes: u64| bytes as f64 / connections as f64 / 1024.0;
    let grown = || -> Result<f64> { Ok(each(server.resident()?.saturating_sub(before))) };
    let mut clients = (0..connections)
        .map(|_| TcpStream::connect(server.addr))
        .collect::<std::io::Result<Vec<_>>>()?;
    thread::sleep(Duration::from_secs(1));
    let fresh = grown()?;
    for client in &mut clients {
        client.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n")?;
        let mut answer = [0; 1024];
        let mut length = 0;
        while !answer[..length].ends_with(b"hello") {
            match client.read(&mut answer[length..])? {
                0 => return Err("the server closed an idle connection".into()),
                read => length += read,
            }
        }
        thread::sleep(pace);
    }
    thread::sleep(Duration::from_secs(3));
    let idle = grown()?;
    drop(clients);
    thread::sleep(Duration::from_secs(2));
    let in_use = each(server.heap()?.saturating_sub(heap));
    Ok([fresh, idle, grown()?, in_use])
}
