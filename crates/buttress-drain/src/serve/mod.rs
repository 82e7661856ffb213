//! A server that drains.

mod accept;
mod app;
mod connection;
mod exclusive;
mod listener;
mod peer;
mod policy;
mod service;
mod sniff;
mod socket;
mod state;
mod turn_away;
mod warm;

pub use app::App;
pub use exclusive::{Exclusive, bind};
pub use listener::Listener;

use crate::{Drain, Outcome, timeline::reckonable};
use accept::Acceptor;
use http::Extensions;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use peer::{Extend, Shared};
use policy::Rules;
use std::{
    fmt,
    future::{Future, IntoFuture},
    io,
    pin::Pin,
    sync::Arc,
    time::Duration,
};
use warm::Warm;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Serves HTTP/1 and HTTP/2 (by prior knowledge) until its drain is over.
///
/// Await what it returns. With a listener of [`bind`], no connection is reset
/// when it closes. See the [crate docs](crate) for what happens at the end, and
/// for the limits.
pub fn serve<L: Listener, S: App>(listener: L, service: S) -> Serve<L, S> {
    Serve {
        listener,
        service,
        drain: Drain::new(),
        limits: Limits::default(),
        extend: None,
        #[cfg(feature = "signals")]
        on_signals: false,
    }
}

/// A server that has not begun; made by [`serve`].
#[must_use = "a server does nothing until it is awaited"]
pub struct Serve<L: Listener, S> {
    listener: L,
    service: S,
    drain: Drain,
    limits: Limits,
    extend: Option<Extend<L::Addr>>,
    #[cfg(feature = "signals")]
    on_signals: bool,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    head_timeout: Duration,
    head_size: u32,
    keep_alive: Duration,
    park: Duration,
    connections: usize,
    streams: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_timeout: Duration::from_secs(30),
            head_size: 32 * 1024,
            // Longer than the load balancers' 60 s: whoever closes first
            // loses no request of the other.
            keep_alive: Duration::from_secs(75),
            // Serving it anew costs a microsecond or two, so the time is short.
            park: Duration::from_millis(100),
            connections: 25_000,
            streams: 200,
        }
    }
}

impl<L: Listener, S> Serve<L, S> {
    /// The drain that ends it. Without one, its own, which only
    /// [`on_signals`](Self::on_signals) can trigger.
    pub fn drain(mut self, drain: Drain) -> Self {
        self.drain = drain;
        self
    }

    /// Drains at SIGTERM or SIGINT, and cuts at the second one; see
    /// [`Drain::on_signals`].
    #[cfg(feature = "signals")]
    pub fn on_signals(mut self) -> Self {
        self.on_signals = true;
        self
    }

    /// Puts more into the extensions of each request than the peer's
    /// `SocketAddr`: axum's `ConnectInfo(*addr)`, say.
    pub fn extensions(
        mut self,
        extend: impl Fn(&L::Addr, &mut Extensions) + Send + Sync + 'static,
    ) -> Self {
        self.extend = Some(Arc::new(extend));
        self
    }

    /// How long a client may take for a head, its first included: 30 s. Then
    /// the connection is closed.
    pub fn head_timeout(mut self, timeout: Duration) -> Self {
        self.limits.head_timeout = timeout;
        self
    }

    /// How many bytes a head may have: 32 KiB. More is answered with 431.
    ///
    /// HTTP/1 takes no less than 8 KiB.
    pub fn head_size(mut self, bytes: u32) -> Self {
        self.limits.head_size = bytes;
        self
    }

    /// How long a connection may be idle: 75 s. Keep it above what a load
    /// balancer in front uses, or it sends requests into closing connections.
    pub fn keep_alive(mut self, timeout: Duration) -> Self {
        self.limits.keep_alive = timeout;
        self
    }

    /// After which time an idle HTTP/1 connection gives its buffers back: 100 ms,
    /// or at once while more than 1,000 have some.
    pub fn park(mut self, after: Duration) -> Self {
        self.limits.park = after;
        self
    }

    /// How many connections are served at a time: 25,000. More wait in the
    /// accept queue. Upgraded ones are the app's, and no longer count.
    pub fn connections(mut self, most: usize) -> Self {
        self.limits.connections = most;
        self
    }

    /// How many requests an HTTP/2 connection may have in flight: 200.
    pub fn streams(mut self, most: u32) -> Self {
        self.limits.streams = most;
        self
    }
}

impl<L: Listener, S: App> IntoFuture for Serve<L, S> {
    type Output = io::Result<Outcome>;
    type IntoFuture = Pin<Box<dyn Future<Output = io::Result<Outcome>> + Send>>;

    /// # Errors
    ///
    /// If signals cannot be heard of. Of a listener's errors the log tells.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl<L: Listener, S: App> Serve<L, S> {
    async fn run(self) -> io::Result<Outcome> {
        #[cfg(feature = "signals")]
        if self.on_signals {
            self.drain.on_signals()?;
        }
        let shared = Arc::new(self.limits.shared::<L>(self.drain, self.extend));
        let connections = self.limits.connections;
        let acceptor = Acceptor::new(self.listener, self.service, shared, connections);
        Ok(acceptor.run().await)
    }
}

impl<L: Listener, S> fmt::Debug for Serve<L, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve")
            .field("drain", &self.drain)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Limits {
    fn shared<L: Listener>(self, drain: Drain, extend: Option<Extend<L::Addr>>) -> Shared<L::Addr> {
        let timeline = drain.timeline();
        Shared {
            rules: Rules {
                head: reckonable(self.head_timeout),
                keep_alive: reckonable(self.keep_alive),
                park: reckonable(self.park),
                linger: timeline.linger,
                first_request: timeline.first_request,
            },
            http1: self.http1(),
            http2: self.http2(),
            addr: L::peer,
            warm: Warm::default(),
            drain,
            extend,
        }
    }

    fn http1(self) -> http1::Builder {
        let mut builder = http1::Builder::new();
        builder
            // Connections watch their own time, also between requests.
            .header_read_timeout(None)
            .max_header_size(self.head_size as usize);
        builder
    }

    fn http2(self) -> http2::Builder<TokioExecutor> {
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .max_header_list_size(self.head_size)
            .max_concurrent_streams(self.streams)
            // A client that is gone without a word is found out.
            .keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(Duration::from_secs(20))
            // WebSockets over HTTP/2, RFC 8441.
            .enable_connect_protocol();
        builder
    }
}
