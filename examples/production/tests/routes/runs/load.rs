//! Clients that ask and ask again, and count what they get.

use super::asks::{Ask, Verdict};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// No answer in this time is a failure: far beyond every deadline of the app.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Load {
    clients: JoinSet<()>,
    shared: Arc<Shared>,
}

struct Shared {
    addr: SocketAddr,
    asks: Vec<Ask>,
    /// Between two requests of one client.
    pause: Duration,
    /// Whether a connection that is refused is the end, and no failure.
    may_end: bool,
    stopped: AtomicBool,
    answered: AtomicU64,
    well: AtomicU64,
    expected: AtomicU64,
    unexpected: Mutex<Vec<String>>,
}

/// What a load came to.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) answered: u64,
    /// Failures that the fault is to blame for.
    pub(crate) expected: u64,
    pub(crate) unexpected: Vec<String>,
}

pub(crate) struct Builder(Shared);

impl Load {
    /// Each client asks all of `asks` in turn, from a place of its own on.
    pub(crate) fn of(addr: SocketAddr, asks: Vec<Ask>) -> Builder {
        Builder(Shared {
            addr,
            asks,
            pause: Duration::ZERO,
            may_end: false,
            stopped: AtomicBool::new(false),
            answered: AtomicU64::new(0),
            well: AtomicU64::new(0),
            expected: AtomicU64::new(0),
            unexpected: Mutex::default(),
        })
    }

    /// Waits until this many more were answered, in whatever way.
    pub(crate) async fn goes_on(&self, answers: usize) {
        self.rises(&self.shared.answered, answers).await;
    }

    /// Waits until this many more were answered well.
    pub(crate) async fn succeeds(&self, answers: usize) {
        self.rises(&self.shared.well, answers).await;
    }

    async fn rises(&self, count: &AtomicU64, by: usize) {
        let goal = count.load(Relaxed) + by as u64;
        let waited = async {
            while count.load(Relaxed) < goal {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let limit = Duration::from_secs(120) + PATIENCE * (by as u32).min(100);
        let waited = tokio::time::timeout(limit, waited).await;
        waited.unwrap_or_else(|_| panic!("the load stands still: {:?}", self.shared.failures()));
    }

    pub(crate) async fn stop(self) -> Tally {
        self.shared.stopped.store(true, Relaxed);
        self.end().await
    }

    /// Waits until all clients have come to an end.
    pub(crate) async fn end(self) -> Tally {
        self.clients.join_all().await;
        Tally {
            answered: self.shared.answered.load(Relaxed),
            expected: self.shared.expected.load(Relaxed),
            unexpected: self.shared.failures(),
        }
    }
}

impl Builder {
    pub(crate) fn pausing(mut self, pause: Duration) -> Self {
        self.0.pause = pause;
        self
    }

    /// Until nobody listens any more.
    pub(crate) fn until_refused(mut self) -> Self {
        self.0.may_end = true;
        self
    }

    pub(crate) fn clients(self, count: usize) -> Load {
        let shared = Arc::new(self.0);
        let first = |nth| nth * shared.asks.len() / count;
        let clients = (0..count).map(|nth| client(shared.clone(), first(nth)));
        Load {
            clients: clients.collect(),
            shared,
        }
    }
}

impl Shared {
    fn fail(&self, failure: String) {
        self.unexpected.lock().unwrap().push(failure);
    }

    fn failures(&self) -> Vec<String> {
        self.unexpected.lock().unwrap().clone()
    }
}

async fn client(shared: Arc<Shared>, first: usize) {
    let mut asks = shared.asks.iter().cycle().skip(first);
    while !shared.stopped.load(Relaxed) {
        let connected = tokio::time::timeout(PATIENCE, connect(shared.addr)).await;
        let Ok(Ok(mut connection)) = connected else {
            if !shared.may_end {
                shared.fail(format!("no connection: {:?}", connected.map(|it| it.err())));
            }
            return;
        };
        for ask in asks.by_ref() {
            if shared.stopped.load(Relaxed) {
                return;
            }
            let stays = match tokio::time::timeout(PATIENCE, ask.send(&mut connection)).await {
                Ok(outcome) => shared.count(ask, outcome),
                Err(_) => {
                    shared.fail(format!("{}: no answer", ask.path));
                    false
                }
            };
            if !stays {
                break;
            }
            if !shared.pause.is_zero() {
                tokio::time::sleep(shared.pause).await;
            }
        }
    }
}

impl Shared {
    /// Whether the connection can be used for another request.
    fn count(&self, ask: &Ask, outcome: Result<(Verdict, bool), hyper::Error>) -> bool {
        let (verdict, stays) = match outcome {
            Ok(outcome) => outcome,
            // The connection was closed before this request was on its way, and tells
            // so: what every client of HTTP/1 meets between two requests, and repeats.
            Err(error) if error.is_canceled() || error.is_closed() => return false,
            Err(error) => {
                self.fail(format!("{}: {error:?}", ask.path));
                return false;
            }
        };
        match verdict {
            Verdict::Well => drop(self.well.fetch_add(1, Relaxed)),
            Verdict::Expected => drop(self.expected.fetch_add(1, Relaxed)),
            Verdict::Unexpected(why) => self.fail(why),
        }
        self.answered.fetch_add(1, Relaxed);
        stays
    }
}

pub(crate) type Connection = SendRequest<Full<Bytes>>;

async fn connect(addr: SocketAddr) -> std::io::Result<Connection> {
    let stream = TcpStream::connect(addr).await?;
    stream.set_nodelay(true)?;
    let shaken = handshake(TokioIo::new(stream)).await;
    let (sender, connection) = shaken.map_err(std::io::Error::other)?;
    // Ends with its sender; what fails, the requests are told.
    tokio::spawn(connection);
    Ok(sender)
}

impl Ask {
    /// What came of it, and whether the connection stays.
    async fn send(&self, connection: &mut Connection) -> Result<(Verdict, bool), hyper::Error> {
        connection.ready().await?;
        let response = connection.send_request(self.request()).await?;
        let stays = response
            .headers()
            .get("connection")
            .is_none_or(|it| it != "close");
        let (head, body) = response.into_parts();
        let length = body.collect().await?.to_bytes().len();
        Ok((self.judge(&head, length), stays))
    }
}
