//! A log that nobody reads, beside one into /dev/null.

use crate::loopback::Server;
use buttress_benches::{
    Result,
    interleave::Effort,
    statistics::{median, quantile},
    table::{Table, microseconds, times},
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
    let (mut stuck, mut null) = (Vec::new(), Vec::new());
    for _ in 0..effort.rounds.div_ceil(2) {
        stuck.push(latencies(Server::axum_to("ours", pipe)?.address)?);
        null.push(latencies(Server::axum_to("ours", "/dev/null")?.address)?);
    }
    drop(unread);
    fs::remove_dir_all(&folder)?;

    let mut table = Table::new(["the log goes to", "p50, µs", "p99, µs"]);
    let at = |runs: &[Vec<f64>], share| {
        median(
            &runs
                .iter()
                .map(|run| quantile(run, share))
                .collect::<Vec<_>>(),
        )
    };
    for (name, runs) in [("a pipe that nobody reads", &stuck), ("/dev/null", &null)] {
        table.row([
            name.to_owned(),
            microseconds(at(runs, 0.5)),
            microseconds(at(runs, 0.99)),
        ]);
    }
    let ratio = at(&stuck, 0.99) / at(&null, 0.99);
    verdicts.at_most("p99 with an unread pipe, by /dev/null", 1.1, ratio);
    Ok(format!(
        "### A reader that is stuck\n\n{REQUESTS} requests, one after the other, in each run; the runs take \
         turns, and a server is launched for each. All were answered. By /dev/null, p99: {}.\n\n{table}",
        times(ratio),
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
