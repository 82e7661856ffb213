use crate::{
    builder::Builder,
    connect::{Connector, Io},
    error::Error,
    http1::Http1,
    http2::Http2,
    pool::Pool,
    settings::Settings,
    upstream::Upstream,
};
use http::{Response, Version};
use hyper::client::conn::http1;
use std::{fmt, sync::Arc};

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

impl ReverseProxy {
    /// A proxy with the settings that the [crate docs](crate) list.
    #[must_use]
    pub fn new(upstream: Upstream) -> Self {
        Self::builder(upstream).build()
    }

    /// A proxy with other settings.
    #[must_use]
    pub fn builder(upstream: Upstream) -> Builder {
        Builder::new(Settings::new(upstream))
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let mut http1 = http1::Builder::new();
        http1
            .preserve_header_case(settings.header_case)
            .max_header_size(settings.response_head);
        Self {
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
