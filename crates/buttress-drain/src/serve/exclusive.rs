//! Listeners that end without a connection reset.

use super::{Listener, turn_away::turn_away};
use std::{io, net::SocketAddr, time::Duration};
use tokio::net::{TcpListener, TcpSocket, TcpStream, ToSocketAddrs, lookup_host};

/// How long a handshake may take whose first segment came before the end: a
/// round trip from anywhere on the same continent.
const HANDSHAKES: Duration = Duration::from_millis(100);

/// As long as Linux lets an accept queue be by default (`net.core.somaxconn`).
const BACKLOG: u32 = 4096;

/// Binds a TCP listener for [`serve`](crate::serve()) that resets no connection
/// when it closes; see [`Exclusive`].
///
/// As tokio's does, it tries each address that `addr` stands for, and sets
/// `SO_REUSEADDR` on Unix, so that a successor can bind at once. The accept queue
/// takes 4,096 connections, or as many as the system lets it.
///
/// # Errors
///
/// Those of the last address: in use, not of this machine, not permitted; or that
/// a name could not be resolved.
pub async fn bind(addr: impl ToSocketAddrs) -> io::Result<Exclusive<TcpListener>> {
    let mut failed = None;
    for addr in lookup_host(addr).await? {
        match listen(addr) {
            Ok(listener) => return Ok(Exclusive::new(listener)),
            Err(error) => failed = Some(error),
        }
    }
    let unresolved = || io::Error::new(io::ErrorKind::InvalidInput, "no address to listen on");
    Err(failed.unwrap_or_else(unresolved))
}

fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = match addr {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // On Windows it would let others take over the port.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(BACKLOG)
}

/// A listener whose socket no other process has, and which may therefore be made
/// to let nobody in before it closes.
///
/// A client whose handshake is completed by the kernel between our last look into
/// the accept queue and the closing of the socket is connected, sends its request
/// and is reset. No order of the two calls avoids that; here the socket first
/// turns away who is new:
///
/// - TCP on Linux: a socket filter drops first segments (SYN). Their clients send
///   them again, a second later with Linux and most others, and then find nobody,
///   which is a refusal, or the successor. Handshakes that had begun go on, and
///   have [a window](Self::handshakes) for it.
/// - Unix sockets: the listener is shut down, which refuses new connections and
///   keeps those in the queue.
/// - TCP elsewhere, or where the filter is not permitted: nothing, as with the
///   bare listener.
///
/// Made by [`bind`]; or by [`new`](Self::new) of a listener with options of your
/// own, unless other processes hold the same socket, because it was inherited or
/// handed over: they would not be reached any more either.
#[derive(Debug)]
pub struct Exclusive<L> {
    listener: L,
    handshakes: Duration,
}

impl<L> Exclusive<L> {
    /// A listener that this process alone holds.
    #[must_use]
    pub fn new(listener: L) -> Self {
        Self {
            listener,
            handshakes: HANDSHAKES,
        }
    }

    /// How long after new clients are turned away handshakes that had begun may
    /// take: 100 ms. A round trip to the farthest client is enough, and a client
    /// that comes meanwhile loses its second only then. Where nobody can be
    /// turned away it has no effect.
    #[must_use]
    pub fn handshakes(mut self, window: Duration) -> Self {
        self.handshakes = window;
        self
    }

    /// The listener inside.
    #[must_use]
    pub fn get_ref(&self) -> &L {
        &self.listener
    }
}

impl Exclusive<TcpListener> {
    /// The address it listens on.
    ///
    /// # Errors
    ///
    /// Those of [`TcpListener::local_addr`].
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Listener for Exclusive<TcpListener> {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> io::Result<(Self::Io, Self::Addr)> {
        Listener::accept(&mut self.listener).await
    }

    fn turn_away(&mut self) -> Duration {
        match turn_away(&self.listener) {
            Ok(()) => self.handshakes,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "cannot turn new connections away");
                Duration::ZERO
            }
        }
    }

    fn close(self, take: impl FnMut(Self::Io, Self::Addr)) -> Result<(), (Self, io::Error)> {
        let handshakes = self.handshakes;
        self.listener.close(take).map_err(|(listener, error)| {
            let still_open = Self {
                listener,
                handshakes,
            };
            (still_open, error)
        })
    }

    fn peer(addr: &Self::Addr) -> Option<SocketAddr> {
        TcpListener::peer(addr)
    }
}

#[cfg(unix)]
impl Listener for Exclusive<tokio::net::UnixListener> {
    type Io = tokio::net::UnixStream;
    type Addr = tokio::net::unix::SocketAddr;

    async fn accept(&mut self) -> io::Result<(Self::Io, Self::Addr)> {
        Listener::accept(&mut self.listener).await
    }

    /// Connecting to a Unix socket takes no time, so nobody is on the way.
    fn turn_away(&mut self) -> Duration {
        let socket = socket2::SockRef::from(&self.listener);
        if let Err(error) = socket.shutdown(std::net::Shutdown::Read) {
            let error = &error as &dyn std::error::Error;
            tracing::debug!(error, "cannot turn new connections away");
        }
        Duration::ZERO
    }

    fn close(self, take: impl FnMut(Self::Io, Self::Addr)) -> Result<(), (Self, io::Error)> {
        let handshakes = self.handshakes;
        self.listener.close(take).map_err(|(listener, error)| {
            let still_open = Self {
                listener,
                handshakes,
            };
            (still_open, error)
        })
    }

    fn peer(addr: &Self::Addr) -> Option<SocketAddr> {
        tokio::net::UnixListener::peer(addr)
    }
}
