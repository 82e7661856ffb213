use std::{
    fmt,
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

/// What a header says: the client, or that there is none but the peer.
pub(super) type Said = OnceLock<Option<SocketAddr>>;

/// The address of a connection, and that of the client behind it once its PROXY header
/// has been read. The header comes before the first request.
#[derive(Clone)]
pub struct ProxiedAddr {
    peer: SocketAddr,
    pub(super) said: Arc<Said>,
}

impl ProxiedAddr {
    /// An address that nothing is said of yet.
    #[must_use]
    pub fn new(peer: SocketAddr) -> Self {
        Self {
            peer,
            said: Arc::default(),
        }
    }

    /// The other end of the connection.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// The client: what a trusted peer says, else the peer itself.
    #[must_use]
    pub fn client(&self) -> SocketAddr {
        self.said.get().copied().flatten().unwrap_or(self.peer)
    }
}

impl fmt::Debug for ProxiedAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxiedAddr")
            .field("peer", &self.peer)
            .field("client", &self.client())
            .finish()
    }
}
