//! An HTTP/1.1 client that shows the bytes on the wire.

mod framing;
mod head;

use crate::{
    wire::{Cut, Head, Piece, Received},
    within,
};
use bytes::{Bytes, BytesMut};
use framing::{Framing, Step};
use http::Method;
use std::{fmt::Write, net::SocketAddr};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A connection; closed when dropped.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    /// What came and was not asked for yet.
    buffer: BytesMut,
    method: Method,
    framing: Framing,
}

impl Connection {
    /// Connects.
    ///
    /// # Panics
    ///
    /// If nobody listens at `addr`.
    pub async fn open(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).await;
        let stream = stream.expect("the server accepts connections");
        stream
            .set_nodelay(true)
            .expect("a TCP socket has the option");
        Self {
            stream,
            buffer: BytesMut::new(),
            method: Method::GET,
            framing: Framing::Empty,
        }
    }

    /// Sends bytes as they are.
    ///
    /// # Panics
    ///
    /// If the server has closed its end.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let sent = within("room to send", self.stream.write_all(bytes.as_ref())).await;
        sent.expect("the connection is open");
    }

    /// Sends a GET and reads the head of its response.
    pub async fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> Head {
        self.request(Method::GET, path, headers, b"").await
    }

    /// Sends a request with a body in one piece, and reads the head of its
    /// response. An empty body is not announced.
    pub async fn request(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Head {
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
        for (name, value) in headers {
            // Writing to a String cannot fail.
            let _ = write!(text, "{name}: {value}\r\n");
        }
        if !body.is_empty() {
            let _ = write!(text, "Content-Length: {}\r\n", body.len());
        }
        text.push_str("\r\n");
        self.method = method;
        self.send([text.as_bytes(), body].concat()).await;
        self.head().await
    }

    /// Reads the next head, one of an interim response too. After a bare
    /// [`send`](Self::send) it is taken for the answer to the last
    /// [`request`](Self::request), or to a GET.
    ///
    /// # Panics
    ///
    /// If none comes, or it is malformed.
    pub async fn head(&mut self) -> Head {
        loop {
            if let Some(head) = head::take(&mut self.buffer) {
                self.framing = Framing::of(&self.method, &head);
                return head;
            }
            let more = self.fill().await;
            assert!(more, "closed within a head: {:?}", self.buffer);
        }
    }

    /// The next piece of the body, waited for.
    ///
    /// # Panics
    ///
    /// If none comes, or the chunks are malformed.
    pub async fn piece(&mut self) -> Piece {
        loop {
            match self.framing.take(&mut self.buffer) {
                Step::Piece(piece) => return piece,
                Step::NeedsMore => {}
            }
            if !self.fill().await {
                return self.framing.closed(self.buffer.split().freeze());
            }
        }
    }

    /// The rest of the body.
    pub async fn body(&mut self) -> Received {
        let mut received = Received::default();
        while !received.take(self.piece().await) {}
        received
    }

    /// Whatever bytes come next, as after an upgrade; `None` once closed.
    pub async fn raw(&mut self) -> Option<Bytes> {
        if self.buffer.is_empty() && !self.fill().await {
            return None;
        }
        Some(self.buffer.split().freeze())
    }

    /// All bytes until the server closes the connection.
    pub async fn rest(&mut self) -> Bytes {
        while self.fill().await {}
        self.buffer.split().freeze()
    }

    /// Reads on; `false` once the connection is closed, also by a reset.
    async fn fill(&mut self) -> bool {
        let read = within(
            "bytes of a response",
            self.stream.read_buf(&mut self.buffer),
        )
        .await;
        matches!(read, Ok(1..))
    }
}

impl Framing {
    /// What a closed connection means, with the bytes that were left.
    fn closed(&self, partial: Bytes) -> Piece {
        match self {
            Self::UntilClose => Piece::End(http::HeaderMap::new()),
            _ => Piece::Cut(Cut {
                partial,
                ..Cut::default()
            }),
        }
    }
}
