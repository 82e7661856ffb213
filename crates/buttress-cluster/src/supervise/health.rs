//! Asks one worker how it is, over a connection that only it has.

use crate::channel::{Channel, ToWorker};
use std::{
    io,
    os::{fd::AsFd, unix::net::UnixStream as StdStream},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::UnixStream,
    time::timeout,
};

/// A status line is shorter than that, or of no interest.
const LINE: u64 = 1024;

pub(super) async fn check(channel: &Channel, path: &str, within: Duration) -> Result<(), String> {
    match timeout(within, ask(channel, path)).await {
        Ok(Ok(line)) if is_success(&line) => Ok(()),
        Ok(Ok(line)) => Err(format!("{path} answers {:?}", line.trim())),
        Ok(Err(error)) => Err(format!("{path}: {error}")),
        Err(_) => Err(format!("{path} has no answer")),
    }
}

async fn ask(channel: &Channel, path: &str) -> io::Result<String> {
    let (ours, theirs) = StdStream::pair()?;
    ours.set_nonblocking(true)?;
    channel.send(&ToWorker::Probe, &[theirs.as_fd()])?;
    drop(theirs);
    let mut stream = UnixStream::from_std(ours)?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut line = String::new();
    BufReader::new(stream.take(LINE))
        .read_line(&mut line)
        .await?;
    Ok(line)
}

fn is_success(line: &str) -> bool {
    let status = line
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    line.starts_with("HTTP/1.1 ") && status.is_some_and(|status: u16| (200..300).contains(&status))
}

#[cfg(test)]
mod tests {
    use super::is_success;

    #[test]
    fn only_a_2xx_is_well() {
        assert!(is_success("HTTP/1.1 204 No Content\r\n"));
        for line in [
            "",
            "HTTP/1.1",
            "HTTP/1.1 503 x",
            "HTTP/1.1 2000",
            "hello 200",
        ] {
            assert!(!is_success(line), "{line}");
        }
    }
}
