//! A log that nobody reads, beside one into /dev/null.

use crate::loopback::Server;
use buttress_benches::{
    Result,
    interleave::Effort,
    statistics::{median, quantile},
    table::{Table, microseconds},
    verdict::Verdicts,
};
use std::{
    env, fs,
    fs::OpenOptions,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    process::Command,
    time::Instant,
};

const REQUESTS: usize = 10_000;

pub(crate) fn table(effort: Effort, verdicts: &mut Verdicts) -> Result<String> {
    let folder = env::temp_dir().join(format!("buttress-log-stuck-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let pipe = folder.join("pipe");
    if !Command::new("mkfifo").arg(&pipe).status()?.success() {
        return Err("mkfifo failed".into());
    }
    // Held open by us and never read from.
    let unread = OpenOptions::new().read(true).write(true).open(&pipe)?;
    let pipe = pipe.to_str().ok_or("a path that is no UTF-8")?;
    let mut runs = [const { Vec::new() }; 4];
    for _ in 0..effort.rounds.div_ceil(2) {
        for (log, runs) in [pipe, "/dev/null"].into_iter().zip(runs.chunks_mut(2)) {
            let server = Server::axum_to("ours", log)?;
            for runs in runs {
                runs.push(latencies(server.address)?);
            }
        }
    }
    drop(unread);
    fs::remove_dir_all(&folder)?;

    let at = |runs: &[Vec<f64>], share| {
        let each: Vec<_> = runs.iter().map(|run| quantile(run, share)).collect();
        median(&each)
    };
    let mut table = Table::new(["the log goes to", "p50, µs", "p99, µs"]);
    for (name, runs) in [
        "a pipe that nobody reads, while the buffers fill",
        "the same, once they are full",
        "/dev/null, the first half",
        "/dev/null, the second half",
    ]
    .into_iter()
    .zip(&runs)
    {
        let [p50, p99] = [0.5, 0.99].map(|share| microseconds(at(runs, share)));
        table.row([name.to_owned(), p50, p99]);
    }
    for (name, stuck, null) in [("fills", 0, 2), ("is full", 1, 3)] {
        let ratio = at(&runs[stuck], 0.99) / at(&runs[null], 0.99);
        let name = format!("p99 while an unread log {name}, by /dev/null");
        verdicts.at_most(name, 1.1, ratio);
    }
    Ok(format!(
        "### A reader that is stuck\n\nTwice {REQUESTS} requests, one after the other, in each run; the runs take \
         turns, and a server is launched for each. All were answered.\n\n{table}"
    ))
}

/// Nanoseconds of each request. An answer that never comes is an error of the socket's
/// timeout.
fn latencies(server: SocketAddr) -> Result<Vec<f64>> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(std::time::Duration::from_secs(5)))?;
    let mut answer = [0; 4_096];
    (0..REQUESTS)
        .map(|_| {
            let start = Instant::now();
            stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
            let count = stream.read(&mut answer)?;
            if !answer[..count].starts_with(b"HTTP/1.1 200") {
                return Err("an answer that is no 200".into());
            }
            Ok(start.elapsed().as_nanos() as f64)
        })
        .collect()
}
