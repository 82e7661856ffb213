use crate::page::{Count, Row};
use std::{
    io::{self, IoSlice},
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, UnixStream},
};

/// A connection, over TCP or a Unix socket; counted while it is open.
#[derive(Debug)]
pub struct Stream {
    socket: Socket,
    _open: Option<Open>,
}

#[derive(Debug)]
pub(super) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

#[derive(Debug)]
struct Open(Row);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.subtract(Count::Open);
    }
}

impl Stream {
    /// A connection of a client.
    pub(super) fn counted(socket: Socket, row: Row) -> Self {
        if let Socket::Tcp(tcp) = &socket {
            // What is flushed is sent at once; hyper joins what belongs together.
            // A connection that is gone already says so when it is read.
            let _ = tcp.set_nodelay(true);
        }
        row.add(Count::Accepted);
        row.add(Count::Open);
        Self {
            socket,
            _open: Some(Open(row)),
        }
    }

    /// One of the supervisor, which asks how the worker is.
    pub(super) fn probe(socket: UnixStream) -> Self {
        Self {
            socket: Socket::Unix(socket),
            _open: None,
        }
    }
}

impl Socket {
    pub(super) fn peer(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(tcp) => tcp.peer_addr().ok(),
            Self::Unix(_) => None,
        }
    }
}

macro_rules! on_either {
    ($self:ident, $io:ident => $do:expr) => {
        match &mut $self.get_mut().socket {
            Socket::Tcp(io) => {
                let $io = Pin::new(io);
                $do
            }
            Socket::Unix(io) => {
                let $io = Pin::new(io);
                $do
            }
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        on_either!(self, io => io.poll_read(cx, buf))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        on_either!(self, io => io.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        on_either!(self, io => io.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_either!(self, io => io.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_either!(self, io => io.poll_shutdown(cx))
    }
}
