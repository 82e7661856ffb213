//! Clients that send requests until nobody listens any more.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Whether a client uses its connection for more than one request.
#[derive(Clone, Copy)]
pub(crate) enum Manner {
    KeepAlive,
    OneEach,
}

/// What failed: reset, cut or not a 200 on a connection that was made. That a
/// connection is refused is the end, and no failure.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) failed: Vec<String>,
}

pub(crate) struct Storm {
    clients: JoinSet<Tally>,
    answered: Arc<AtomicUsize>,
}

impl Storm {
    pub(crate) fn begin(addr: SocketAddr, manner: Manner, clients: usize) -> Self {
        let answered = Arc::new(AtomicUsize::new(0));
        let one = |_| client(addr, manner, answered.clone());
        Self {
            clients: (0..clients).map(one).collect(),
            answered,
        }
    }

    pub(crate) async fn reaches(&self, answers: usize) {
        while self.answered.load(Ordering::Relaxed) < answers {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Waits until every client was refused.
    pub(crate) async fn end(self) -> Tally {
        let mut sum = Tally::default();
        for tally in self.clients.join_all().await {
            sum.failed.extend(tally.failed);
        }
        sum
    }
}

async fn client(addr: SocketAddr, manner: Manner, answered: Arc<AtomicUsize>) -> Tally {
    let mut tally = Tally::default();
    while let Ok(mut stream) = TcpStream::connect(addr).await {
        for nth in 1.. {
            match exchange(&mut stream, manner).await {
                Ok(stays) => {
                    answered.fetch_add(1, Ordering::Relaxed);
                    if !stays {
                        break;
                    }
                }
                Err(failure) => {
                    let failure = format!("request {nth} of its connection: {failure:?}");
                    tally.failed.push(failure);
                    break;
                }
            }
        }
    }
    tally
}

#[derive(Debug)]
#[expect(dead_code, reason = "for the message of a failed test")]
enum Failure {
    Io(io::Error),
    Closed(String),
    Answered(String),
}

/// Sends a request and reads its answer; whether the connection stays.
async fn exchange(stream: &mut TcpStream, manner: Manner) -> Result<bool, Failure> {
    let close = match manner {
        Manner::KeepAlive => "",
        Manner::OneEach => "Connection: close\r\n",
    };
    let request = format!("GET /plain HTTP/1.1\r\nHost: localhost\r\n{close}\r\n");
    let mut answer = Vec::new();
    let exchanged = async {
        stream.write_all(request.as_bytes()).await?;
        while !answer.ends_with(b"Hello, World!") && stream.read_buf(&mut answer).await? > 0 {}
        Ok(())
    };
    let exchanged: io::Result<()> = exchanged.await;
    let text = String::from_utf8_lossy(&answer).to_ascii_lowercase();
    match exchanged {
        Err(error) => Err(Failure::Io(error)),
        Ok(()) if !text.ends_with("hello, world!") => Err(Failure::Closed(text)),
        Ok(()) if !text.starts_with("http/1.1 200") => Err(Failure::Answered(text)),
        Ok(()) => Ok(!text.contains("connection: close")),
    }
}
