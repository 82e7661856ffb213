//! What a proxy is set to, and what it is without being set.

#[cfg(feature = "tls")]
use crate::connect::Tls;
use crate::{
    connect::{Connector, Dial},
    headers::{forwarded::Forwarding, via::Via},
    http2::{self, Http2},
    pool,
    rewrite::Host,
    upgrade::Tunnels,
    upstream::Upstream,
};
use http::request::Parts;
use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

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
    pub(crate) retries: bool,
    /// How many requests share a connection of HTTP/2.
    pub(crate) streams: Option<usize>,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<rustls::ClientConfig>,
    pub(crate) tunnels: Tunnels,
    pub(crate) bounds: pool::Bounds,
    pub(crate) dial: Option<Arc<Dial>>,
}

type Ask<T> = Arc<dyn Fn(&Parts) -> T + Send + Sync>;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) head: Duration,
    pub(crate) idle: Duration,
    pub(crate) whole: Option<Duration>,
}

impl Settings {
    pub(crate) fn new(upstream: Upstream) -> Self {
        Self {
            upstream,
            host: Host::default(),
            prefix: String::new(),
            dial: None,
            forwarding: Forwarding::default(),
            via: Via::new("buttress"),
            via_in_responses: false,
            peer: Arc::new(|parts| parts.extensions.get().map(SocketAddr::ip)),
            // The scheme of a target is the client's word, in HTTP/1's absolute form.
            proto: Arc::new(|_| "http"),
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
            retries: true,
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

    pub(crate) fn http2(&self) -> Option<Http2> {
        let bounds = http2::Bounds {
            connections: self.bounds.open,
            streams: self.streams?,
            waiting: self.bounds.waiting,
            wait: self.bounds.wait,
            head: self.response_head.try_into().unwrap_or(u32::MAX),
        };
        Some(Http2::new(bounds))
    }

    pub(crate) fn connector(&self) -> Connector {
        let connector = Connector::new(&self.upstream, self.dial.clone(), self.timeouts.connect);
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
