use std::{future::Future, io, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
};

/// Where connections come from.
///
/// For TLS wrap what [`bind`](crate::bind) gives, and let the stream make its
/// handshake when it is first read, so that a slow client does not keep others
/// waiting.
///
/// # Example
///
/// A listener around another one passes on what belongs to its end:
///
/// ```
/// use buttress_drain::Listener;
/// use std::{io, net::SocketAddr, time::Duration};
///
/// struct Counted<L> {
///     inner: L,
///     accepted: u64,
/// }
///
/// impl<L: Listener> Listener for Counted<L> {
///     type Io = L::Io;
///     type Addr = L::Addr;
///
///     async fn accept(&mut self) -> io::Result<(L::Io, L::Addr)> {
///         let accepted = self.inner.accept().await?;
///         self.accepted += 1;
///         Ok(accepted)
///     }
///
///     fn turn_away(&mut self) -> Duration {
///         self.inner.turn_away()
///     }
///
///     fn close(self, take: impl FnMut(L::Io, L::Addr)) -> Result<(), (Self, io::Error)> {
///         let Self { inner, accepted } = self;
///         let closed = inner.close(take);
///         closed.map_err(|(inner, error)| (Self { inner, accepted }, error))
///     }
///
///     fn peer(addr: &L::Addr) -> Option<SocketAddr> {
///         L::peer(addr)
///     }
/// }
/// ```
pub trait Listener: Send + 'static {
    /// A connection.
    type Io: AsyncRead + AsyncWrite + Unpin + Send + 'static;
    /// Where it comes from.
    type Addr: Send + Sync + 'static;

    /// Waits for the next connection. Dropping the future must lose none.
    fn accept(&mut self) -> impl Future<Output = io::Result<(Self::Io, Self::Addr)>> + Send;

    /// Lets nobody new in, where it can: who comes from now on is refused, or has
    /// to try again later. Gives the time in which those who were on their way
    /// may still arrive; [`accept`](Self::accept) goes on for so long. Called
    /// once, before [`close`](Self::close); by default it does nothing.
    ///
    /// A listener that wraps another one passes this on.
    fn turn_away(&mut self) -> Duration {
        Duration::ZERO
    }

    /// Stops listening: hands out what the accept queue holds, and closes the
    /// socket the moment that was empty. What is left in a queue is reset by
    /// the kernel, although its clients take it for connected.
    ///
    /// # Errors
    ///
    /// If there is more in the queue and it cannot be taken now, for want of open
    /// files, say. The listener comes back with the error, and is closed again
    /// later.
    fn close(self, take: impl FnMut(Self::Io, Self::Addr)) -> Result<(), (Self, io::Error)>
    where
        Self: Sized;

    /// The address that the service finds in the request's extensions.
    fn peer(addr: &Self::Addr) -> Option<SocketAddr>;
}

/// More than any accept queue holds by default: clients that connect as fast
/// as we accept cannot keep the socket open for ever.
const QUEUED: usize = 16_384;

impl Listener for TcpListener {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        let (stream, addr) = TcpListener::accept(self).await?;
        prompt(&stream);
        Ok((stream, addr))
    }

    fn close(self, mut take: impl FnMut(TcpStream, SocketAddr)) -> Result<(), (Self, io::Error)> {
        // tokio's listener answers from what its reactor knew last; the
        // kernel's own word is what counts here.
        let Ok(listener) = self.into_std() else {
            return Ok(());
        };
        let emptied = empty(
            || listener.accept(),
            |(stream, addr)| {
                let stream = stream.set_nonblocking(true).map(|()| stream);
                if let Ok(stream) = stream.and_then(TcpStream::from_std) {
                    prompt(&stream);
                    take(stream, addr);
                }
            },
        );
        emptied.or_else(|error| still_open(Self::from_std(listener), error))
    }

    fn peer(addr: &SocketAddr) -> Option<SocketAddr> {
        Some(*addr)
    }
}

/// Sends what is flushed at once; hyper joins what belongs together.
fn prompt(stream: &TcpStream) {
    // A connection that is gone already says so when it is read.
    let _ = stream.set_nodelay(true);
}

#[cfg(unix)]
impl Listener for tokio::net::UnixListener {
    type Io = tokio::net::UnixStream;
    type Addr = tokio::net::unix::SocketAddr;

    async fn accept(&mut self) -> io::Result<(Self::Io, Self::Addr)> {
        tokio::net::UnixListener::accept(self).await
    }

    fn close(self, mut take: impl FnMut(Self::Io, Self::Addr)) -> Result<(), (Self, io::Error)> {
        let Ok(listener) = self.into_std() else {
            return Ok(());
        };
        let emptied = empty(
            || listener.accept(),
            |(stream, addr)| {
                let stream = stream.set_nonblocking(true).map(|()| stream);
                if let Ok(stream) = stream.and_then(tokio::net::UnixStream::from_std) {
                    take(stream, addr.into());
                }
            },
        );
        emptied.or_else(|error| still_open(Self::from_std(listener), error))
    }

    fn peer(_: &Self::Addr) -> Option<SocketAddr> {
        None
    }
}

fn empty<T>(mut accept: impl FnMut() -> io::Result<T>, mut take: impl FnMut(T)) -> io::Result<()> {
    for _ in 0..QUEUED {
        match accept() {
            Ok(accepted) => take(accepted),
            Err(error) if concerns_one(&error) => {}
            Err(error) if is_empty(&error) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Gives a listener back that is tokio's again, if it can be: else it is closed.
fn still_open<L>(listener: io::Result<L>, error: io::Error) -> Result<(), (L, io::Error)> {
    listener.map_or(Ok(()), |listener| Err((listener, error)))
}

/// Whether the error is that of the connection that was to be accepted.
pub(super) fn concerns_one(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

/// Whether it says that there is nothing to accept: not now, or never again.
fn is_empty(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        // The latter of a Unix listener that was shut down.
        io::ErrorKind::WouldBlock | io::ErrorKind::InvalidInput
    )
}
