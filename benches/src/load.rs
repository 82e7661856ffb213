//! A client that keeps a server busy: a bounded number of requests over a few
//! connections that stay open.

use crate::{Error, Result};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::Instant,
};

/// How many threads send requests.
const THREADS: usize = 2;
/// How many connections each has: it writes to all, then reads from all.
const CONNECTIONS: usize = 8;

/// Sends at least `requests` times the same `GET /`, and checks that each
/// answer is a 200.
pub fn run(server: SocketAddr, accept_encoding: &str, requests: u64) -> Result<()> {
    let head = format!(
        "GET / HTTP/1.1\r\nhost: localhost\r\naccept: */*\r\naccept-encoding: {accept_encoding}\r\n\r\n"
    );
    run_head(server, &head, requests)
}

/// As [`run`], with a whole head of a request.
pub fn run_head(server: SocketAddr, head: &str, requests: u64) -> Result<()> {
    let rounds = requests.div_ceil((THREADS * CONNECTIONS) as u64);
    on_threads(THREADS, || keep_busy(server, head, rounds))?;
    Ok(())
}

/// Sends at least `requests` requests over so many connections, on each one
/// after the other, and answers how many nanoseconds each of them took.
pub fn timed(
    server: SocketAddr,
    head: &str,
    connections: usize,
    requests: u64,
) -> Result<Vec<f64>> {
    let rounds = requests.div_ceil(connections as u64);
    // A thread each: one that reads from many would add its own waits.
    let times = on_threads(connections, || {
        let mut connection = Connection::open(server)?;
        (0..rounds)
            .map(|_| {
                let start = Instant::now();
                connection.write(head)?;
                connection.read_success()?;
                Ok(start.elapsed().as_nanos() as f64)
            })
            .collect::<Result<Vec<_>>>()
    })?;
    Ok(times.concat())
}

fn on_threads<T: Send>(threads: usize, work: impl Fn() -> Result<T> + Sync) -> Result<Vec<T>> {
    thread::scope(|scope| {
        let work = || work().map_err(|error| error.to_string());
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let outcomes = threads.into_iter().map(|thread| {
            let outcome = thread.join().map_err(|_| "a client thread panicked")?;
            outcome.map_err(Error::from)
        });
        outcomes.collect()
    })
}

/// How many requests [`run`] sends when asked for `requests`.
pub fn rounded(requests: u64) -> u64 {
    requests.next_multiple_of((THREADS * CONNECTIONS) as u64)
}

/// One answer's head and its body as it came over the wire.
pub fn once(server: SocketAddr, accept_encoding: &str) -> Result<(String, Vec<u8>)> {
    let head =
        format!("GET / HTTP/1.1\r\nhost: localhost\r\naccept-encoding: {accept_encoding}\r\n\r\n");
    once_head(server, &head)
}

/// As [`once`], with a whole head of a request.
pub fn once_head(server: SocketAddr, head: &str) -> Result<(String, Vec<u8>)> {
    let mut connection = Connection::open(server)?;
    connection.write(head)?;
    connection.read()
}

/// The value of a field in a head, where it stands there.
pub fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let mut values = lines.filter(|(field, _)| field.eq_ignore_ascii_case(name));
    values.next().map(|(_, value)| value.trim())
}

fn keep_busy(server: SocketAddr, head: &str, rounds: u64) -> Result<()> {
    let mut connections = (0..CONNECTIONS)
        .map(|_| Connection::open(server))
        .collect::<Result<Vec<_>>>()?;
    for _ in 0..rounds {
        for connection in &mut connections {
            connection.write(head)?;
        }
        for connection in &mut connections {
            connection.read_success()?;
        }
    }
    Ok(())
}

/// A connection that stays open.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    scratch: Box<[u8]>,
}

impl Connection {
    /// Connects.
    pub fn open(server: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            received: Vec::new(),
            scratch: vec![0; 64 * 1024].into(),
        })
    }

    /// Sends a request.
    pub fn write(&mut self, request: &str) -> Result<()> {
        Ok(self.stream.write_all(request.as_bytes())?)
    }

    /// Reads an answer that is a 200.
    pub fn read_success(&mut self) -> Result<()> {
        let (head, _) = self.read()?;
        match head.starts_with("HTTP/1.1 200") {
            true => Ok(()),
            false => Err(head.into()),
        }
    }

    /// Reads the head and the body of an answer, which is to a request that was
    /// no HEAD.
    pub fn read(&mut self) -> Result<(String, Vec<u8>)> {
        let head = self.read_head()?;
        let codes = ["HTTP/1.1 204", "HTTP/1.1 304"];
        if codes.iter().any(|code| head.starts_with(code)) {
            return Ok((head, Vec::new()));
        }
        let body = match field(&head, "content-length") {
            Some(length) => self.take(length.parse()?)?,
            None => self.read_chunks()?,
        };
        Ok((head, body))
    }

    fn read_head(&mut self) -> Result<String> {
        let end = self.find(b"\r\n\r\n")?;
        let head = self.take(end + 4)?;
        Ok(String::from_utf8(head)?)
    }

    fn read_chunks(&mut self) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let end = self.find(b"\r\n")?;
            let line = self.take(end + 2)?;
            let size = usize::from_str_radix(std::str::from_utf8(&line)?.trim(), 16)?;
            let chunk = self.take(size + 2)?;
            if size == 0 {
                return Ok(body);
            }
            body.extend_from_slice(&chunk[..size]);
        }
    }

    fn find(&mut self, pattern: &[u8]) -> Result<usize> {
        loop {
            let mut windows = self.received.windows(pattern.len());
            match windows.position(|window| window == pattern) {
                Some(at) => return Ok(at),
                None => self.fill()?,
            }
        }
    }

    fn take(&mut self, length: usize) -> Result<Vec<u8>> {
        while self.received.len() < length {
            self.fill()?;
        }
        let rest = self.received.split_off(length);
        Ok(std::mem::replace(&mut self.received, rest))
    }

    fn fill(&mut self) -> Result<()> {
        match self.stream.read(&mut self.scratch)? {
            0 => Err("the server closed a connection".into()),
            length => {
                self.received.extend_from_slice(&self.scratch[..length]);
                Ok(())
            }
        }
    }
}
