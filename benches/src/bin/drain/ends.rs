//! How long a client that does not finish holds up the end.

use crate::server::{ALL, OURS, Server};
use buttress_benches::{Result, table::Table, verdict::Verdicts};
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

const CLIENTS: [(&str, &[u8]); 5] = [
    ("nothing", b""),
    ("half a head", b"GET / HTTP/1.1\r\nHost: lo"),
    (
        "half a request",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf",
    ),
    (
        "a request, and stays idle",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ),
    (
        "a request for an endless stream",
        b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ),
];
const LIMIT: Duration = Duration::from_secs(8);

pub(crate) fn table(verdicts: &mut Verdicts) -> Result<Table> {
    let mut table = Table::new(["a client has sent", "serve", "axum + DrainLayer", "axum"]);
    for (sent, bytes) in CLIENTS {
        let mut cells = vec![];
        for subject in ALL {
            let took = end(subject, bytes)?;
            if subject == OURS {
                let seconds = took.map_or(f64::INFINITY, |took| took.as_secs_f64());
                // The deadline, and what a loaded machine adds.
                verdicts.at_most(format!("seconds to the end, {sent}"), 3.5, seconds);
            }
            cells.push(took.map_or("> 8 s".to_owned(), |took| {
                format!("{:.1} s", took.as_secs_f64())
            }));
        }
        let [ours, layer, axum] = <[String; 3]>::try_from(cells).map_err(|_| "three subjects")?;
        table.row([sent.to_owned(), ours, layer, axum]);
    }
    Ok(table)
}

fn end(subject: &str, bytes: &[u8]) -> Result<Option<Duration>> {
    let mut server = Server::start(subject)?;
    let mut client = TcpStream::connect(server.addr)?;
    client.write_all(bytes)?;
    if bytes.ends_with(b"\r\n\r\n") {
        // Its answer has begun.
        let _ = client.read(&mut [0; 1024])?;
    }
    // An answer on a later connection: the first one was accepted.
    buttress_benches::load::once(server.addr, "identity")?;
    server.terminate()?;
    server.ends_within(LIMIT)
}
