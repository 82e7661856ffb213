//! The PROXY protocol on a connection: what a proxy that passes bytes on says of its
//! client before the first of them.

mod address;
mod header;
mod stream;

pub use address::ProxiedAddr;
pub use stream::ProxyStream;

use crate::Trust;
use address::Said;
use std::{net::SocketAddr, sync::Arc, time::Duration};

/// Takes PROXY headers, version 1 and 2, off the connections of trusted peers.
///
/// A listener of buttress-drain's or axum's that wraps another one calls
/// [`wrap`](Self::wrap) for each connection, and gives what comes of it to the server.
/// The header is read when the stream is first read, so a slow peer keeps no other
/// waiting.
///
/// # Example
///
/// With `axum::serve`; the crate's README has the same for buttress-drain:
///
/// ```
/// use axum::serve::Listener;
/// use buttress_trust_proxy::{ProxiedAddr, ProxyProtocol, ProxyStream};
/// use std::io;
/// use tokio::net::{TcpListener, TcpStream};
///
/// struct Proxied {
///     inner: TcpListener,
///     protocol: ProxyProtocol,
/// }
///
/// impl Listener for Proxied {
///     type Io = ProxyStream<TcpStream>;
///     type Addr = ProxiedAddr;
///
///     async fn accept(&mut self) -> (Self::Io, ProxiedAddr) {
///         let (stream, peer) = Listener::accept(&mut self.inner).await;
///         self.protocol.wrap(stream, peer)
///     }
///
///     fn local_addr(&self) -> io::Result<ProxiedAddr> {
///         Ok(ProxiedAddr::new(self.inner.local_addr()?))
///     }
/// }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ProxyProtocol {
    trust: Trust,
    is_optional: bool,
    timeout: Duration,
    longest: usize,
}

impl ProxyProtocol {
    /// Expects a header from the peers that `trust` names, and from nobody else: what
    /// others send goes to the server as it is, which answers a header with 400.
    pub fn new(trust: Trust) -> Self {
        Self {
            trust,
            is_optional: false,
            timeout: Duration::from_secs(3),
            longest: 2048,
        }
    }

    /// Whether trusted peers may do without, as those do that check health. Off by
    /// default: then a connection without a header is closed, since the protocol asks
    /// for no guesses.
    pub fn optional(mut self, optional: bool) -> Self {
        self.is_optional = optional;
        self
    }

    /// How long the header may take from the first read on: 3 s, so that a lost segment
    /// can be sent again. Then the connection is closed.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How many bytes a header of version 2 may have: 2,048. One that announces more is
    /// refused before it is read. Version 1 has 107 at most.
    pub fn longest(mut self, bytes: usize) -> Self {
        self.longest = bytes;
        self
    }

    /// Wraps a connection and its address.
    pub fn wrap<Io>(&self, io: Io, peer: SocketAddr) -> (ProxyStream<Io>, ProxiedAddr) {
        let addr = ProxiedAddr::new(peer);
        let expected = self.trust.is_trusted(Some(peer.ip()), 0);
        let stream = ProxyStream::new(io, expected.then(|| self.header(&addr)));
        (stream, addr)
    }

    fn header(&self, addr: &ProxiedAddr) -> header::Reader {
        header::Reader {
            bytes: Vec::new(),
            is_optional: self.is_optional,
            longest: self.longest,
            timeout: self.timeout,
            said: Arc::clone(&addr.said),
        }
    }
}
