use http::{Uri, uri::Scheme};
use std::net::{IpAddr, SocketAddr};

use crate::{host::Host, source::Told, walk::Walk};

/// Who the client is, and what it asked for, as far as trusted proxies tell.
///
/// [`TrustProxyLayer`](crate::TrustProxyLayer) puts it into the extensions of each
/// request. With the feature `axum` it is an extractor too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientInfo {
    peer: Option<SocketAddr>,
    walk: Walk,
    scheme: Scheme,
    host: Option<Host>,
}

impl ClientInfo {
    /// What is known of a request if nobody is believed.
    pub(crate) fn of_peer(peer: Option<SocketAddr>, scheme: Scheme, host: Option<Host>) -> Self {
        Self {
            peer,
            walk: Walk::from_peer(peer),
            scheme,
            host,
        }
    }

    /// What is known if the peer is believed. What it does not tell is asked for.
    pub(crate) fn told(
        told: Told,
        peer: Option<SocketAddr>,
        scheme: &Scheme,
        host: impl FnOnce() -> Option<Host>,
    ) -> Self {
        Self {
            peer,
            walk: told.walk,
            scheme: told.scheme.unwrap_or_else(|| scheme.clone()),
            host: told.host.or_else(host),
        }
    }

    /// The client's address: that of the first hop that is not trusted, or of the last
    /// that is known.
    ///
    /// `None` if a trusted proxy hides it (`unknown`, `_secret`), or if the peer has
    /// none, as that of a Unix socket. That is not the address of the proxy: what is
    /// allowed to this machine alone is not allowed to a client that is hidden.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.walk.address
    }

    /// The client's port, where it is told.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.walk.port
    }

    /// What a trusted proxy calls a client whose address it hides: `unknown`, or the
    /// identifier that it made up (RFC 7239 §6.3).
    #[must_use]
    pub fn identifier(&self) -> Option<&str> {
        self.walk.identifier()
    }

    /// The other end of the connection.
    #[must_use]
    pub fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// Whether a trusted proxy told of the client, so that it is not the peer.
    #[must_use]
    pub fn is_proxied(&self) -> bool {
        self.walk.told > 0
    }

    /// The addresses from the peer to the client, both included where they are known.
    pub fn chain(&self) -> impl Iterator<Item = IpAddr> {
        let client = self.walk.address.filter(|_| self.is_proxied());
        let peer = self.peer.map(|peer| peer.ip().to_canonical());
        let between = self.walk.between().iter().copied();
        peer.into_iter().chain(between).chain(client)
    }

    /// The scheme that the client used, `http` or `https`: what a trusted proxy says,
    /// else the layer's [`scheme`](crate::TrustProxyLayer::scheme).
    #[must_use]
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// Whether the client used HTTPS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// The host that the client asked for, perhaps with a port: what a trusted proxy
    /// says, else what the request itself does in its URI or in `Host`.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.host.as_ref()?.as_str()
    }

    /// The URI that the client asked for, with scheme and host: for redirects, links
    /// and the keys of caches. Without a valid host it is `uri` as it came.
    #[must_use]
    pub fn uri(&self, uri: &Uri) -> Uri {
        let whole = || {
            let mut parts = uri.clone().into_parts();
            parts.authority = Some(self.host.as_ref()?.to_authority()?);
            parts.scheme = Some(self.scheme.clone());
            let root = || http::uri::PathAndQuery::from_static("/");
            parts.path_and_query.get_or_insert_with(root);
            Uri::from_parts(parts).ok()
        };
        whole().unwrap_or_else(|| uri.clone())
    }
}
