//! Interim responses (1xx), which hyper's server cannot send.
//!
//! The upstream's come through hyper's client as calls; they are written into the
//! connection to our client, below hyper, at moments at which nothing of another
//! message is half written.

use bytes::{Buf, BytesMut};
use http::{HeaderMap, StatusCode};
use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// Interim responses beyond this that the client has not taken are left out, as
/// RFC 9110 §15.2 lets a proxy do.
const MOST_BYTES: usize = 64 * 1024;

/// What is to be written to one connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outbox(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    bytes: BytesMut,
    /// The request that is being answered, while its final response is not.
    open: Option<u64>,
    turns: u64,
    waker: Option<Waker>,
}

impl Outbox {
    /// A request begins: until its [`Turn`] ends, interim responses are for it.
    pub(crate) fn begin(&self) -> Turn {
        let mut waiting = self.lock();
        waiting.turns += 1;
        waiting.open = Some(waiting.turns);
        Turn {
            number: waiting.turns,
            outbox: self.clone(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Whoever panicked left bytes and numbers, all of them valid.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The time between a request and the head of its final response.
#[derive(Debug)]
pub(crate) struct Turn {
    number: u64,
    outbox: Outbox,
}

impl Turn {
    pub(crate) fn sender(&self) -> Sender {
        Sender {
            number: self.number,
            outbox: self.outbox.clone(),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut waiting = self.outbox.lock();
        if waiting.open == Some(self.number) {
            waiting.open = None;
        }
    }
}

/// Takes the interim responses to one request. It may live longer than that: a
/// refresh in the background is sent with the request that was answered stale.
#[derive(Debug)]
pub(crate) struct Sender {
    number: u64,
    outbox: Outbox,
}

impl Sender {
    pub(crate) fn send(&self, status: StatusCode, headers: &HeaderMap) {
        // 100 and 101 are between two neighbours.
        if matches!(status.as_u16(), 100 | 101) {
            return;
        }
        let mut waiting = self.outbox.lock();
        let has_room = waiting.bytes.len() < MOST_BYTES;
        if waiting.open != Some(self.number) || !has_room {
            return;
        }
        write_head(&mut waiting.bytes, status, headers);
        if let Some(waker) = waiting.waker.take() {
            waker.wake();
        }
    }
}

fn write_head(bytes: &mut BytesMut, status: StatusCode, headers: &HeaderMap) {
    let reason = status.canonical_reason().unwrap_or_default();
    bytes.extend_from_slice(format!("HTTP/1.1 {} {reason}\r\n", status.as_u16()).as_bytes());
    for (name, value) in headers {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
}

/// A connection with an [`Outbox`].
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    outbox: Outbox,
    /// hyper has written something and not flushed it since: there may be more of
    /// it in hyper's buffer.
    is_writing: bool,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, outbox: Outbox) -> Self {
        Self {
            stream,
            outbox,
            is_writing: false,
        }
    }

    /// Writes what waits.
    fn poll_outbox(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut waiting = self.outbox.lock();
        while !waiting.bytes.is_empty() {
            let written = Pin::new(&mut self.stream).poll_write(cx, &waiting.bytes);
            match ready!(written)? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => waiting.bytes.advance(written),
            }
        }
        let is_known = waiting.waker.as_ref();
        if !is_known.is_some_and(|waker| waker.will_wake(cx.waker())) {
            waiting.waker = Some(cx.waker().clone());
        }
        Poll::Ready(Ok(()))
    }

    /// Before hyper's first byte since it flushed, what waits comes first.
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_writing {
            ready!(self.poll_outbox(cx))?;
            self.is_writing = true;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_turn(cx))?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_turn(cx))?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper flushes when its buffer is empty, after each turn of its loop.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.is_writing = false;
        ready!(self.poll_outbox(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
