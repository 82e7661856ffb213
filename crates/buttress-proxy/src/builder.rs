use crate::{
    ReverseProxy, connect::Stream, headers::forwarded::Forwarding, headers::via::Via,
    rewrite::Host, settings::Settings,
};
use http::request::Parts;
use std::{fmt, future::Future, io, net::IpAddr, sync::Arc, time::Duration};
use tokio::io::{AsyncRead, AsyncWrite};

/// The settings of a [`ReverseProxy`].
pub struct Builder {
    settings: Settings,
}

impl Builder {
    pub(crate) fn new(settings: Settings) -> Self {
        Self { settings }
    }
}

/// What requests become.
impl Builder {
    /// Which `Host` the upstream gets: the client's.
    #[must_use]
    pub fn host(mut self, host: Host) -> Self {
        self.settings.host = host;
        self
    }

    /// Takes this path off the front of each request's, where it is there in
    /// whole segments. Then, and with an upstream that has a path, a path with `..`
    /// in it is refused with 400.
    #[must_use]
    pub fn strip_prefix(mut self, prefix: impl Into<String>) -> Self {
        let prefix: String = prefix.into();
        self.settings.prefix = prefix.trim_end_matches('/').to_owned();
        self
    }

    /// Which fields tell the upstream about the client: `X-Forwarded-*`.
    #[must_use]
    pub fn forwarding(mut self, forwarding: Forwarding) -> Self {
        self.settings.forwarding = forwarding;
        self
    }

    /// Whether the peer of a request is a proxy whose `Forwarded` or
    /// `X-Forwarded-*` is kept and added to. Without this, nobody is.
    #[must_use]
    pub fn trusted(mut self, trusted: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.settings.trusted = Some(Arc::new(trusted));
        self
    }

    /// Who sent a request: the [`SocketAddr`](std::net::SocketAddr) in its extensions.
    #[must_use]
    pub fn peer(mut self, peer: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static) -> Self {
        self.settings.peer = Arc::new(peer);
        self
    }

    /// How a request came, `http` or `https`: `http` unless it is set here, for what
    /// a target says of it is the client's word.
    #[must_use]
    pub fn proto(mut self, proto: impl Fn(&Parts) -> &'static str + Send + Sync + 'static) -> Self {
        self.settings.proto = Arc::new(proto);
        self
    }

    /// What this proxy is called in `Via`: `buttress`. What is no token (RFC 9110
    /// §5.6.2) leaves the field out, as a proxy in front of which another does it
    /// may.
    #[must_use]
    pub fn via(mut self, name: &str) -> Self {
        self.settings.via = Via::new(name);
        self
    }

    /// Adds `Via` to responses, too.
    #[must_use]
    pub fn via_in_responses(mut self, yes: bool) -> Self {
        self.settings.via_in_responses = yes;
        self
    }

    /// Keeps the case of field names over HTTP/1, if the server does as well.
    #[must_use]
    pub fn header_case(mut self, kept: bool) -> Self {
        self.settings.header_case = kept;
        self
    }
}

/// What is spoken with the upstream.
impl Builder {
    /// Speaks HTTP/2, with up to so many requests at a time on a connection;
    /// without TLS by prior knowledge. WebSockets are not tunnelled then.
    #[must_use]
    pub fn http2(mut self, streams: usize) -> Self {
        self.settings.streams = Some(streams.max(1));
        self
    }

    /// Opens connections by a function of the app's, instead of to the address of
    /// the upstream: through another proxy, to a service within the process.
    /// [`connect_timeout`](Self::connect_timeout) holds.
    #[must_use]
    pub fn connect_with<F, T>(mut self, dial: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = io::Result<T>> + Send + 'static,
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        self.settings.dial = Some(Arc::new(move || {
            let opened = dial();
            Box::pin(async move { Ok(Stream::Other(Box::new(opened.await?))) })
        }));
        self
    }

    /// Whom `https://` trusts, and how it shows itself. ALPN is set to what is
    /// spoken. Without this, connecting to such an upstream fails.
    #[cfg(feature = "tls")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
    #[must_use]
    pub fn tls(mut self, config: rustls::ClientConfig) -> Self {
        self.settings.tls = Some(config);
        self
    }
}

/// How long things may take, and how much there may be.
impl Builder {
    /// For a connection, with the look-up of its name and TLS: 5 s.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeouts.connect = timeout;
        self
    }

    /// From the last byte of the request that was written to the head of the
    /// response: 60 s.
    #[must_use]
    pub fn head_timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeouts.head = timeout;
        self
    }

    /// Between two frames of a body, of the request or of the response, while it
    /// is waited for: 60 s.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeouts.idle = timeout;
        self
    }

    /// For all of an exchange, to the last byte of the response: without end.
    #[must_use]
    pub fn whole_timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeouts.whole = Some(timeout);
        self
    }

    /// How many bytes the body of a request may have: 4 GiB. More is 413.
    #[must_use]
    pub fn request_body(mut self, most: u64) -> Self {
        self.settings.request_body = most;
        self
    }

    /// How many bytes the head of a response may have, over HTTP/1 no less than
    /// 8 KiB: 64 KiB, and 100 fields.
    #[must_use]
    pub fn response_head(mut self, most: usize) -> Self {
        self.settings.response_head = most;
        self
    }

    /// How many connections there may be at a time: 1,024.
    #[must_use]
    pub fn connections(mut self, most: usize) -> Self {
        self.settings.bounds.open = most;
        self
    }

    /// How many of them may be idle: 256, and for how long: 55 s, which is less
    /// than servers keep them.
    #[must_use]
    pub fn idle_connections(mut self, most: usize, timeout: Duration) -> Self {
        self.settings.bounds.idle = most;
        self.settings.bounds.idle_timeout = timeout;
        self
    }

    /// How many requests may wait for a connection when all are in use: 1,024,
    /// and for how long: 1 s. Then they fail with an error that
    /// [`is_busy`](crate::Error::is_busy).
    #[must_use]
    pub fn waiting(mut self, most: usize, timeout: Duration) -> Self {
        self.settings.bounds.waiting = most;
        self.settings.bounds.wait = timeout;
        self
    }

    /// Whether a request that goes out as its connection closes is sent once more: yes.
    /// See the [crate docs](crate#when-something-fails) for which are.
    #[must_use]
    pub fn retry_closed(mut self, yes: bool) -> Self {
        self.settings.retries = yes;
        self
    }

    /// How long a tunnel may be idle: 10 min.
    #[must_use]
    pub fn tunnel_idle(mut self, timeout: Duration) -> Self {
        self.settings.tunnels.idle = timeout;
        self
    }

    /// Ends tunnels: each has a future of this function's, which ends it when it
    /// is ready, and is dropped with it. With buttress-drain, one that holds a
    /// `guard()` and waits for `lingered()`.
    #[must_use]
    pub fn tunnels_until<F>(mut self, until: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.settings.tunnels.until = Some(Arc::new(move || Box::pin(until())));
        self
    }

    /// Sends CONNECT to the upstream, which must be a proxy itself. Without this
    /// it is refused with 501.
    #[must_use]
    pub fn connect_method(mut self, allowed: bool) -> Self {
        self.settings.tunnels.connect = allowed;
        self
    }

    /// The proxy.
    #[must_use]
    pub fn build(self) -> ReverseProxy {
        ReverseProxy::with(self.settings)
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("settings", &self.settings)
            .finish()
    }
}
