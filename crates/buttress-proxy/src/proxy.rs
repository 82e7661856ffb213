#[cfg(feature = "tls")]
use crate::connect::Tls;
use crate::{
    connect::{Connector, Io},
    error::Error,
    headers::{forwarded::Forwarding, via::Via},
    http1::Http1,
    http2::{self, Http2},
    pool::{self, Pool},
    rewrite::Host,
    upgrade::Tunnels,
    upstream::Upstream,
};
use http::{Response, Version, request::Parts};
use hyper::client::conn::http1;
use std::{fmt, future::Future, net::IpAddr, net::SocketAddr, sync::Arc, time::Duration};

/// Sends requests to one upstream, and its responses back.
///
/// Clones share their connections. See the [crate docs](crate).
#[derive(Clone)]
pub struct ReverseProxy {
    pub(crate) shared: Arc<Shared>,
}

/// What all clones of a proxy share.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) pool: Arc<Pool<Http1>>,
    /// Instead of `pool`, if the upstream speaks that.
    pub(crate) http2: Option<Http2>,
    connector: Connector,
    http1: http1::Builder,
}

pub(crate) struct Settings {
    pub(crate) upstream: Upstream,
    pub(crate) host: Host,
    pub(crate) prefix: String,
    pub(crate) forwarding: Forwarding,
    pub(crate) via: Option<Via>,
    pub(crate) via_in_responses: bool,
    pub(crate) peer: Ask<Option<IpAddr>>,
    pub(crate) proto: Ask<&'static str>,
    pub(crate) trusted: Option<Ask<bool>>,
    pub(crate) timeouts: Timeouts,
    pub(crate) request_body: u64,
    pub(crate) response_head: usize,
    pub(crate) header_case: bool,
    /// How many requests share a connection of HTTP/2.
    pub(crate) streams: Option<usize>,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<rustls::ClientConfig>,
    pub(crate) tunnels: Tunnels,
    pub(crate) bounds: pool::Bounds,
}

type Ask<T> = Arc<dyn Fn(&Parts) -> T + Send + Sync>;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) head: Duration,
    pub(crate) idle: Duration,
    pub(crate) whole: Option<Duration>,
}

impl ReverseProxy {
    /// A proxy with the settings that the [crate docs](crate) list.
    #[must_use]
    pub fn new(upstream: Upstream) -> Self {
        Self::builder(upstream).build()
    }

    /// A proxy with other settings.
    #[must_use]
    pub fn builder(upstream: Upstream) -> Builder {
        Builder {
            settings: Settings::new(upstream),
        }
    }
}

/// The settings of a [`ReverseProxy`].
pub struct Builder {
    settings: Settings,
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

    /// Who sent a request: the [`SocketAddr`] in its extensions.
    #[must_use]
    pub fn peer(mut self, peer: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static) -> Self {
        self.settings.peer = Arc::new(peer);
        self
    }

    /// How a request came, `http` or `https`: the scheme of its target if it has
    /// one, else `http`.
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
        let settings = self.settings;
        let mut http1 = http1::Builder::new();
        http1
            .preserve_header_case(settings.header_case)
            .max_header_size(settings.response_head);
        ReverseProxy {
            shared: Arc::new(Shared {
                pool: Pool::new(settings.bounds),
                http2: settings.http2(),
                connector: settings.connector(),
                http1,
                settings,
            }),
        }
    }
}

impl Settings {
    fn new(upstream: Upstream) -> Self {
        Self {
            upstream,
            host: Host::default(),
            prefix: String::new(),
            forwarding: Forwarding::default(),
            via: Via::new("buttress"),
            via_in_responses: false,
            peer: Arc::new(|parts| parts.extensions.get().map(SocketAddr::ip)),
            proto: Arc::new(|parts| match parts.uri.scheme_str() {
                Some("https") => "https",
                _ => "http",
            }),
            trusted: None,
            timeouts: Timeouts {
                connect: Duration::from_secs(5),
                head: Duration::from_secs(60),
                idle: Duration::from_secs(60),
                whole: None,
            },
            request_body: 4 << 30,
            response_head: 64 * 1024,
            header_case: false,
            streams: None,
            #[cfg(feature = "tls")]
            tls: None,
            tunnels: Tunnels {
                idle: Duration::from_secs(600),
                connect: false,
                until: None,
            },
            bounds: pool::Bounds {
                open: 1024,
                idle: 256,
                idle_timeout: Duration::from_secs(55),
                waiting: 1024,
                wait: Duration::from_secs(1),
            },
        }
    }

    fn http2(&self) -> Option<Http2> {
        let bounds = http2::Bounds {
            connections: self.bounds.open,
            streams: self.streams?,
            waiting: self.bounds.waiting,
            wait: self.bounds.wait,
            head: self.response_head.try_into().unwrap_or(u32::MAX),
        };
        Some(Http2::new(bounds))
    }

    fn connector(&self) -> Connector {
        let connector = Connector::new(&self.upstream, self.timeouts.connect);
        #[cfg(feature = "tls")]
        let connector = connector.tls(self.upstream.name().map(|name| {
            let alpn: &[u8] = match self.streams {
                Some(_) => b"h2",
                None => b"http/1.1",
            };
            Tls::new(self.tls.as_ref(), name, alpn)
        }));
        connector
    }
}

impl Shared {
    pub(crate) async fn connect(&self) -> Result<Io, Error> {
        self.connector.connect().await
    }

    /// A new connection of HTTP/1.
    pub(crate) async fn open(&self) -> Result<Http1, Error> {
        Http1::handshake(&self.http1, self.connect().await?).await
    }

    /// Says that a response went through here, if it shall.
    pub(crate) fn mark<B>(&self, response: &mut Response<B>) {
        let version = response.version();
        if let (Some(via), true) = (&self.settings.via, self.settings.via_in_responses) {
            via.add(response.headers_mut(), version);
        }
        // What the server in front speaks is its own matter.
        *response.version_mut() = Version::HTTP_11;
    }
}

impl fmt::Debug for ReverseProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReverseProxy")
            .field("settings", &self.shared.settings)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("settings", &self.settings)
            .finish()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("upstream", &self.upstream)
            .field("host", &self.host)
            .field("forwarding", &self.forwarding)
            .field("timeouts", &self.timeouts)
            .field("bounds", &self.bounds)
            .finish_non_exhaustive()
    }
}
