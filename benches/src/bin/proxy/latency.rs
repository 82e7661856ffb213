//! What a proxy adds to one request at a time.

use crate::{
    Bench, foreign,
    process::Server,
    serve::{AXUM, HYPER_UTIL, ORIGIN, OURS},
};
use buttress_benches::{Result, statistics::quantile, table::Table};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Instant,
};

const REQUESTS: usize = 2_000;

pub(crate) fn make(bench: &mut Bench) -> Result<String> {
    let origin = Server::ours(ORIGIN, None)?;
    let mut servers = vec![
        foreign::nginx(origin.addr, false)?,
        foreign::haproxy(origin.addr)?,
    ];
    for name in [OURS, HYPER_UTIL, AXUM] {
        servers.push(Server::ours(name, Some(origin.addr))?);
    }
    servers.push(origin);
    let mut times: Vec<Vec<f64>> = servers.iter().map(|_| Vec::new()).collect();
    for _ in 0..bench.turns {
        for (server, times) in servers.iter().zip(&mut times) {
            times.extend(one_by_one(server.addr)?);
        }
    }
    let direct = times.last().map_or(f64::NAN, |times| quantile(times, 0.5));
    let mut table = Table::new(["128 B, one at a time", "p50, µs", "added", "p99, µs"]);
    for (server, times) in servers.iter().zip(&times) {
        let p50 = quantile(times, 0.5);
        table.row([
            server.name.to_owned(),
            format!("{p50:.0}"),
            format!("{:.0}", p50 - direct),
            format!("{:.0}", quantile(times, 0.99)),
        ]);
    }
    Ok(table.to_string())
}

/// Microseconds of each request, after some that are not counted.
fn one_by_one(addr: SocketAddr) -> Result<Vec<f64>> {
    let mut stream = TcpStream::connect(addr)?;
    stream.set_nodelay(true)?;
    let mut answer = vec![0; 64 * 1024];
    let mut times = Vec::with_capacity(REQUESTS);
    for request in 0..REQUESTS + 100 {
        let begin = Instant::now();
        stream.write_all(b"GET /128 HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
        let mut length = 0;
        // The body is the only thing with so many of these.
        while !answer[..length].ends_with(&[b'a'; 128]) {
            match stream.read(&mut answer[length..])? {
                0 => return Err("the server closed".into()),
                read => length += read,
            }
        }
        if request >= 100 {
            times.push(begin.elapsed().as_secs_f64() * 1e6);
        }
    }
    Ok(times)
}
