//! Clients that send requests until nobody listens anymore.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::sleep,
};

/// How the clients use their connections.
#[derive(Clone, Copy, Debug)]
pub enum Manner {
    /// Keeps a connection as long as the server lets it.
    KeepAlive,
    /// The same, with a pause between requests.
    Leisurely(Duration),
    /// Opens one for each request.
    Single,
}

/// What the clients saw.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub answered: usize,
    /// Reset, cut or not a 200, on a connection that was accepted or queued.
    pub failed: Vec<String>,
    /// Connections refused: counted apart, for nobody was there.
    pub refused: usize,
}

/// Running clients.
pub struct Storm {
    clients: JoinSet<Tally>,
    answered: Arc<AtomicUsize>,
}

impl Storm {
    pub fn begin(addr: SocketAddr, manner: Manner, clients: usize) -> Self {
        let answered = Arc::new(AtomicUsize::new(0));
        let one = || client(addr, manner, answered.clone());
        Self {
            clients: (0..clients).map(|_| one()).collect(),
            answered,
        }
    }

    /// Waits until so many requests were answered.
    pub async fn reaches(&self, answers: usize) {
        while self.answered.load(Relaxed) < answers {
            sleep(Duration::from_millis(1)).await;
        }
    }

    /// Waits until every client was refused.
    pub async fn end(self) -> Tally {
        let mut sum = Tally::default();
        for tally in self.clients.join_all().await {
            sum.answered += tally.answered;
            sum.failed.extend(tally.failed);
            sum.refused += tally.refused;
        }
        sum
    }
}

async fn client(addr: SocketAddr, manner: Manner, answered: Arc<AtomicUsize>) -> Tally {
    let mut tally = Tally::default();
    loop {
        let Ok(mut stream) = TcpStream::connect(addr).await else {
            tally.refused += 1;
            return tally;
        };
        loop {
            let stays = match exchange(&mut stream, manner).await {
                Ok(stays) => stays,
                Err(error) => {
                    tally.failed.push(error);
                    break;
                }
            };
            tally.answered += 1;
            answered.fetch_add(1, Relaxed);
            if let Manner::Leisurely(pause) = manner {
                sleep(pause).await;
            }
            if !stays {
                break;
            }
            if matches!(manner, Manner::Leisurely(_)) && is_closed(&stream) {
                break;
            }
        }
    }
}

/// As any client with a pool looks before it uses a connection again.
fn is_closed(stream: &TcpStream) -> bool {
    !matches!(
        stream.try_read(&mut [0; 1]),
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock
    )
}

/// Sends a request and reads its answer; whether the connection stays.
async fn exchange(stream: &mut TcpStream, manner: Manner) -> Result<bool, String> {
    let close = match manner {
        Manner::Single => "Connection: close\r\n",
        Manner::KeepAlive | Manner::Leisurely(_) => "",
    };
    let request = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{close}\r\n");
    let sent = stream.write_all(request.as_bytes()).await;
    sent.map_err(|error| format!("sending: {error}"))?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"hello") {
        match stream.read_buf(&mut answer).await {
            Ok(1..) => {}
            Ok(0) => return Err(format!("closed after {} bytes", answer.len())),
            Err(error) => return Err(format!("receiving: {error}")),
        }
    }
    let head = String::from_utf8_lossy(&answer).to_ascii_lowercase();
    if !head.starts_with("http/1.1 200") {
        return Err(head);
    }
    Ok(!head.contains("connection: close"))
}
