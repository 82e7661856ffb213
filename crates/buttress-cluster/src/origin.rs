use std::net::SocketAddr;

/// Where a connection comes from.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Origin {
    /// The client's address; none over a Unix socket.
    pub peer: Option<SocketAddr>,
    /// Which of the addresses it came to: the first that was
    /// [bound](crate::Cluster::bind) is 0. None for a health check.
    pub listener: Option<usize>,
}
