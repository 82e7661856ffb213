//! Connections that stay open after their request, and what they cost a server.

use crate::{Result, load::Connection};
use std::{net::SocketAddr, thread, time::Duration};

/// KiB of each connection.
#[derive(Clone, Copy, Debug)]
pub struct Idle {
    /// Open, before its request.
    pub fresh: f64,
    /// Three seconds after its request.
    pub idle: f64,
    /// Two seconds after it was closed.
    pub left: f64,
}

/// Opens so many, sends `head` on each after the other with a pause of `pace`,
/// leaves all of them open, and closes them. `resident` tells the server's memory.
pub fn measure(
    server: SocketAddr,
    head: &str,
    connections: usize,
    pace: Duration,
    resident: impl Fn() -> Result<u64>,
) -> Result<Idle> {
    let before = resident()?;
    let grown = || Ok::<_, crate::Error>(each(resident()?.saturating_sub(before), connections));
    let mut clients = (0..connections)
        .map(|_| Connection::open(server))
        .collect::<Result<Vec<_>>>()?;
    thread::sleep(Duration::from_secs(1));
    let fresh = grown()?;
    for client in &mut clients {
        client.write(head)?;
        client.read_success()?;
        thread::sleep(pace);
    }
    thread::sleep(Duration::from_secs(3));
    let idle = grown()?;
    drop(clients);
    thread::sleep(Duration::from_secs(2));
    let left = grown()?;
    Ok(Idle { fresh, idle, left })
}

/// KiB of each.
pub fn each(bytes: u64, connections: usize) -> f64 {
    bytes as f64 / connections as f64 / 1024.0
}
