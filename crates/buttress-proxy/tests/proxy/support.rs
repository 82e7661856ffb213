//! An upstream whose answers are written by hand, and a proxy in front of it.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses its own part"
)]

use buttress_proxy::{Builder, ErrorPageLayer, ReverseProxy, Upstream};
use buttress_testing::{Server, h1, within};
use bytes::{Bytes, BytesMut};
use std::{future::Future, net::SocketAddr};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tower::Layer;

/// Listens, and gives its connections to the test, one by one.
pub(crate) struct Origin {
    addr: SocketAddr,
    accepted: mpsc::UnboundedReceiver<TcpStream>,
}

impl Origin {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let (sender, accepted) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if sender.send(stream).is_err() {
                    return;
                }
            }
        });
        Self { addr, accepted }
    }

    #[cfg_attr(not(feature = "tls"), expect(dead_code))]
    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub(crate) fn upstream(&self) -> Upstream {
        upstream(self.addr)
    }

    pub(crate) async fn accept(&mut self) -> Connection {
        let accepted = within("a connection of the proxy", self.accepted.recv()).await;
        let stream = accepted.expect("the listener runs");
        stream.set_nodelay(true).expect("a TCP socket has it");
        Connection {
            stream,
            buffer: BytesMut::new(),
        }
    }

    /// Whether no connection has come that was not accepted yet.
    pub(crate) fn is_quiet(&mut self) -> bool {
        self.accepted.try_recv().is_err()
    }
}

pub(crate) fn upstream(addr: SocketAddr) -> Upstream {
    format!("http://{addr}").parse().expect("an upstream")
}

/// One connection of the proxy to its upstream.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: BytesMut,
}

impl Connection {
    /// All until an empty line, in lower case but for the first line.
    pub(crate) async fn head(&mut self) -> String {
        let head = self.until(b"\r\n\r\n").await;
        let head = String::from_utf8(head.to_vec()).expect("a head of text");
        let (first, rest) = head.split_once("\r\n").expect("a first line");
        format!("{first}\r\n{}", rest.to_ascii_lowercase())
    }

    /// All until `end`, and that.
    pub(crate) async fn until(&mut self, end: &[u8]) -> Bytes {
        loop {
            let at = self.buffer.windows(end.len()).position(|at| at == end);
            if let Some(at) = at {
                return self.buffer.split_to(at + end.len()).freeze();
            }
            let read = within("bytes of a request", self.stream.read_buf(&mut self.buffer)).await;
            assert_ne!(read.expect("readable"), 0, "closed: {:?}", self.buffer);
        }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let sent = within("room", self.stream.write_all(bytes.as_ref())).await;
        sent.expect("the proxy keeps its connection");
    }

    /// Sends the same again and again, from a thread of its own, until the proxy closes.
    pub(crate) async fn flood(self, bytes: String) {
        use std::io::Write;
        let mut stream = self.stream.into_std().expect("a socket of tokio's");
        stream.set_nonblocking(false).expect("a socket");
        let flood =
            tokio::task::spawn_blocking(
                move || {
                    while stream.write_all(bytes.as_bytes()).is_ok() {}
                },
            );
        within("the proxy's end", flood).await.expect("no panic");
    }

    /// Answers with a short response, after a head.
    pub(crate) async fn answer(&mut self, body: &str) -> String {
        let head = self.head().await;
        let length = body.len();
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
        self.send(answer).await;
        head
    }

    /// Waits until the proxy closes, by a reset or in order; gives what came.
    pub(crate) async fn closed(&mut self) -> Bytes {
        loop {
            let read = within("an end", self.stream.read_buf(&mut self.buffer)).await;
            if !matches!(read, Ok(1..)) {
                return self.buffer.split().freeze();
            }
        }
    }

    pub(crate) fn into_stream(self) -> TcpStream {
        self.stream
    }
}

/// A proxy that is served, with error pages around it.
pub(crate) async fn serve(proxy: ReverseProxy) -> Server {
    Server::auto(ErrorPageLayer::new().layer(proxy)).await
}

/// A proxy before a new origin, and a client of it.
pub(crate) async fn through(
    settings: impl FnOnce(Builder) -> Builder,
) -> (Origin, Server, h1::Connection) {
    let origin = Origin::start().await;
    let proxy = settings(ReverseProxy::builder(origin.upstream())).build();
    let server = serve(proxy).await;
    let client = h1::Connection::open(server.addr()).await;
    (origin, server, client)
}

/// Both at once, for each needs the other.
pub(crate) async fn both<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    tokio::join!(a, b)
}
