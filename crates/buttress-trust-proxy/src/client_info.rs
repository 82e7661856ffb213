use http::{
    HeaderMap, HeaderValue, Uri,
    header::HOST,
    uri::{Authority, Scheme},
};
use std::net::{IpAddr, SocketAddr};

use crate::{source::Told, walk::Walk};

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

/// The host, shared with the request that it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Authority(Authority),
    Field(HeaderValue),
}

impl ClientInfo {
    /// What is known of a request if nobody is believed.
    pub(crate) fn of_peer(
        peer: Option<SocketAddr>,
        scheme: &Scheme,
        headers: &HeaderMap,
        uri: &Uri,
    ) -> Self {
        Self {
            peer,
            walk: Walk::from_peer(peer),
            scheme: scheme.clone(),
            host: Host::asked_for(headers, uri),
        }
    }

    /// What is known if the peer is believed.
    pub(crate) fn told(
        told: Told,
        peer: Option<SocketAddr>,
        scheme: &Scheme,
        headers: &HeaderMap,
        uri: &Uri,
    ) -> Self {
        Self {
            peer,
            walk: told.walk,
            scheme: told.scheme.unwrap_or_else(|| scheme.clone()),
            host: match told.host {
                Some(host) => Some(Host::Authority(host)),
                None => Host::asked_for(headers, uri),
            },
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
        self.walk.identifier.as_deref()
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
        let between = self.walk.between.iter().copied();
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
        match self.host.as_ref()? {
            Host::Authority(authority) => Some(authority.as_str()),
            Host::Field(field) => field.to_str().ok(),
        }
    }

    /// The URI that the client asked for, with scheme and host: for redirects, links
    /// and the keys of caches. Without a valid host it is `uri` as it came.
    #[must_use]
    pub fn uri(&self, uri: &Uri) -> Uri {
        let whole = || {
            let mut parts = uri.clone().into_parts();
            parts.authority = Some(match self.host.as_ref()? {
                Host::Authority(authority) => authority.clone(),
                Host::Field(field) => Authority::try_from(field.as_bytes()).ok()?,
            });
            parts.scheme = Some(self.scheme.clone());
            let root = || http::uri::PathAndQuery::from_static("/");
            parts.path_and_query.get_or_insert_with(root);
            Uri::from_parts(parts).ok()
        };
        whole().unwrap_or_else(|| uri.clone())
    }
}

impl Host {
    /// What the request says; that it says it once.
    fn asked_for(headers: &HeaderMap, uri: &Uri) -> Option<Self> {
        if let Some(authority) = uri.authority() {
            return Some(Self::Authority(authority.clone()));
        }
        let mut fields = headers.get_all(HOST).iter();
        let field = fields.next()?;
        fields.next().is_none().then(|| Self::Field(field.clone()))
    }
}
