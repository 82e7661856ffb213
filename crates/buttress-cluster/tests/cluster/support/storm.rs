//! Clients that send requests until they are told to stop.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::{sleep, timeout},
};

/// How the clients use their connections.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Manner {
    /// Keeps a connection as long as the server lets it.
    KeepAlive,
    /// Opens one for each request.
    Single,
}

/// What the clients saw.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) answered: usize,
    /// Reset, cut, hung or not a 200.
    pub(crate) failed: Vec<String>,
    /// Nobody listened.
    pub(crate) refused: usize,
    pub(crate) times: Vec<Duration>,
}

pub(crate) struct Storm {
    clients: JoinSet<Tally>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    is_over: AtomicBool,
    answered: AtomicUsize,
}

/// Longer than anything here takes on a loaded machine.
const HUNG: Duration = Duration::from_secs(20);
/// Between requests of a client: the storm is bounded, and leaves the machine to
/// those who are tested.
const PAUSE: Duration = Duration::from_millis(1);

impl Storm {
    pub(crate) fn begin(addr: SocketAddr, manner: Manner, clients: usize) -> Self {
        let shared = Arc::new(Shared::default());
        let one = || client(addr, manner, shared.clone());
        Self {
            clients: (0..clients).map(|_| one()).collect(),
            shared,
        }
    }

    /// Waits until so many more requests were answered.
    pub(crate) async fn goes_on(&self, answers: usize) {
        let goal = self.shared.answered.load(Relaxed) + answers;
        super::until("the storm goes on", async || {
            self.shared.answered.load(Relaxed) >= goal
        })
        .await;
    }

    pub(crate) async fn end(self) -> Tally {
        self.shared.is_over.store(true, Relaxed);
        let mut sum = Tally::default();
        for tally in self.clients.join_all().await {
            sum.answered += tally.answered;
            sum.failed.extend(tally.failed);
            sum.refused += tally.refused;
            sum.times.extend(tally.times);
        }
        sum
    }
}

impl Tally {
    #[track_caller]
    pub(crate) fn is_clean(&self) {
        assert!(
            self.failed.is_empty(),
            "{} of {} failed: {:?}",
            self.failed.len(),
            self.answered,
            self.failed
        );
        assert_eq!(self.refused, 0, "refused, of {}", self.answered);
        assert!(self.answered > 0, "nothing was asked");
    }
}

async fn client(addr: SocketAddr, manner: Manner, shared: Arc<Shared>) -> Tally {
    let mut tally = Tally::default();
    let is_over = || shared.is_over.load(Relaxed);
    while !is_over() {
        let Ok(mut stream) = TcpStream::connect(addr).await else {
            tally.refused += 1;
            sleep(PAUSE).await;
            continue;
        };
        while !is_over() {
            let begun = Instant::now();
            let answer = timeout(HUNG, exchange(&mut stream, manner)).await;
            match answer.unwrap_or_else(|_| Err("hung".to_owned())) {
                Ok(stays) => {
                    tally.answered += 1;
                    tally.times.push(begun.elapsed());
                    shared.answered.fetch_add(1, Relaxed);
                    sleep(PAUSE).await;
                    if !stays {
                        break;
                    }
                }
                Err(error) => {
                    tally.failed.push(error);
                    break;
                }
            }
        }
    }
    tally
}

/// Sends a request and reads its answer; whether the connection stays.
async fn exchange(stream: &mut TcpStream, manner: Manner) -> Result<bool, String> {
    let close = match manner {
        Manner::Single => "Connection: close\r\n",
        Manner::KeepAlive => "",
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
