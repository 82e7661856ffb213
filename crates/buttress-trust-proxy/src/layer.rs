use crate::{Source, Trust, TrustProxy, peer};
use http::{Extensions, uri::Scheme};
use std::{fmt, net::SocketAddr, sync::Arc};
use tower_layer::Layer;

type PeerFn = dyn Fn(&Extensions) -> Option<SocketAddr> + Send + Sync;

/// Finds out who the client is, and puts [`ClientInfo`](crate::ClientInfo) into the
/// extensions of each request.
///
/// See the [crate docs](crate).
#[derive(Clone, Debug)]
#[must_use]
pub struct TrustProxyLayer {
    config: Arc<Config>,
    enabled: bool,
}

#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) trust: Trust,
    pub(crate) source: Source,
    pub(crate) scheme: Scheme,
    pub(crate) strip: bool,
    peer: Option<Arc<PeerFn>>,
}

impl TrustProxyLayer {
    /// Believes those whom `trust` names. With [`Trust::none`] the client is the peer
    /// of the connection, and what it says of others is removed.
    pub fn new(trust: Trust) -> Self {
        let config = Config {
            trust,
            source: Source::default(),
            scheme: Scheme::HTTP,
            strip: true,
            peer: None,
        };
        Self {
            config: Arc::new(config),
            enabled: true,
        }
    }

    /// The fields that the proxies in front write: `X-Forwarded-*` by default.
    pub fn source(self, source: Source) -> Self {
        self.with(|config| config.source = source)
    }

    /// What the connections to this server speak, where no trusted proxy says what the
    /// client did: `http` by default. What a request says in its URI does not count.
    pub fn scheme(self, scheme: Scheme) -> Self {
        self.with(|config| config.scheme = scheme)
    }

    /// Whether what was not believed is removed from the request, so that nothing
    /// further in can believe it. On by default.
    ///
    /// From a peer that is not trusted these are `Forwarded`, `X-Real-IP` and all fields
    /// that begin with `X-Forwarded-`; from one that is, those that are not
    /// [read](Self::source), and what stands left of the client in those that are.
    pub fn strip(self, strip: bool) -> Self {
        self.with(|config| config.strip = strip)
    }

    /// Where the address of the peer is found. By default it is the `SocketAddr` among
    /// the extensions, as buttress-drain's server puts it there, or with the feature
    /// `axum` the `ConnectInfo<SocketAddr>`.
    pub fn peer(
        self,
        find: impl Fn(&Extensions) -> Option<SocketAddr> + Send + Sync + 'static,
    ) -> Self {
        self.with(|config| config.peer = Some(Arc::new(find)))
    }

    /// Off, the layer passes everything through, and there is no `ClientInfo`.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    fn with(mut self, set: impl FnOnce(&mut Config)) -> Self {
        set(Arc::make_mut(&mut self.config));
        self
    }
}

/// Trusts nobody.
impl Default for TrustProxyLayer {
    fn default() -> Self {
        Self::new(Trust::none())
    }
}

impl<S> Layer<S> for TrustProxyLayer {
    type Service = TrustProxy<S>;

    fn layer(&self, inner: S) -> TrustProxy<S> {
        TrustProxy::new(inner, self.enabled.then(|| Arc::clone(&self.config)))
    }
}

impl Config {
    pub(crate) fn peer(&self, extensions: &Extensions) -> Option<SocketAddr> {
        match &self.peer {
            Some(find) => find(extensions),
            None => peer::address(extensions),
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("trust", &self.trust)
            .field("source", &self.source)
            .field("scheme", &self.scheme)
            .field("strip", &self.strip)
            .finish_non_exhaustive()
    }
}
