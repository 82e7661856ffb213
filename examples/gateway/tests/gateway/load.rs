//! Clients that send requests while something else happens, and tell of each that failed.

use buttress_testing::within;
use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::sleep,
};

/// Four clients that keep their connections, and four that open one for each request.
pub(crate) struct Load {
    clients: JoinSet<Vec<String>>,
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
}

impl Load {
    /// Begins to ask a gateway, whose answers have to be among `bodies`.
    pub(crate) fn begin(addr: SocketAddr, bodies: &'static [&'static str]) -> Self {
        let (stop, answered) = (Arc::default(), Arc::default());
        let mut clients = JoinSet::new();
        for number in 0..8 {
            let client = Client {
                addr,
                bodies,
                keeps: number % 2 == 0,
                stop: Arc::clone(&stop),
                answered: Arc::clone(&answered),
            };
            clients.spawn(client.run());
        }
        Self {
            clients,
            stop,
            answered,
        }
    }

    /// Waits for so many more answers.
    pub(crate) async fn goes_on(&self, answers: usize) {
        let before = self.answered.load(Ordering::SeqCst);
        let more = async {
            while self.answered.load(Ordering::SeqCst) < before + answers {
                sleep(Duration::from_millis(1)).await;
            }
        };
        within("more answers", more).await;
    }

    /// Ends all clients. None of their requests has failed.
    pub(crate) async fn end(self) {
        self.stop.store(true, Ordering::SeqCst);
        let failed = within("the clients' end", self.clients.join_all()).await;
        let failed = failed.concat();
        assert!(failed.is_empty(), "{} failed: {failed:?}", failed.len());
        assert!(self.answered.load(Ordering::SeqCst) > 0);
    }
}

struct Client {
    addr: SocketAddr,
    bodies: &'static [&'static str],
    keeps: bool,
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
}

impl Client {
    /// Returns what failed.
    async fn run(self) -> Vec<String> {
        let mut failed = Vec::new();
        let mut kept = None;
        while !self.stop.load(Ordering::SeqCst) {
            match self.exchange(kept.take()).await {
                Ok(connection) => {
                    kept = connection;
                    self.answered.fetch_add(1, Ordering::SeqCst);
                }
                Err(error) => failed.push(error.to_string()),
            }
        }
        failed
    }

    /// A request and its answer; with the connection, if it stays.
    async fn exchange(&self, kept: Option<TcpStream>) -> io::Result<Option<TcpStream>> {
        let mut stream = match kept {
            Some(stream) => stream,
            None => TcpStream::connect(self.addr).await?,
        };
        let close = if self.keeps {
            ""
        } else {
            "Connection: close\r\n"
        };
        let request = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{close}\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        let is_whole = |answer: &[u8]| {
            self.bodies
                .iter()
                .any(|body| answer.ends_with(body.as_bytes()))
        };
        while !is_whole(&answer) && stream.read_buf(&mut answer).await? > 0 {}
        let text = String::from_utf8_lossy(&answer).to_ascii_lowercase();
        if !text.starts_with("http/1.1 200") || !is_whole(&answer) {
            return Err(io::Error::other(format!("answered {text:?}")));
        }
        let stays = self.keeps && !text.contains("connection: close");
        Ok(stays.then_some(stream))
    }
}
