//! Connections that go over to another protocol: WebSocket, CONNECT.

mod websocket;

use crate::{
    error::{Error, Kind},
    headers::{hop_by_hop::members, seen::Seen},
    http1::Http1,
};
use bytes::{Buf, Bytes};
use http::{
    HeaderMap, HeaderValue, Method, Response, StatusCode, Version,
    header::{CONNECTION, SEC_WEBSOCKET_KEY, UPGRADE},
    request::Parts,
};
use hyper::{ext::Protocol, upgrade::OnUpgrade};
use hyper_util::rt::TokioIo;
use std::{
    fmt,
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf, copy_bidirectional},
    time::sleep,
};

type Ended = Pin<Box<dyn Future<Output = ()> + Send>>;

/// How tunnels are let be.
#[derive(Clone)]
pub(crate) struct Tunnels {
    /// How long nothing may come either way.
    pub(crate) idle: Duration,
    /// Whether CONNECT is sent on.
    pub(crate) connect: bool,
    /// Made for each tunnel, and held by it; ends it when it is ready.
    pub(crate) until: Option<Arc<dyn Fn() -> Ended + Send + Sync>>,
}

/// What a client asked for.
pub(crate) struct Asked {
    client: OnUpgrade,
    kind: Asks,
}

enum Asks {
    /// `Upgrade`, and to this.
    Protocol(HeaderValue),
    /// A WebSocket over HTTP/2 (RFC 8441).
    WebSocket,
    Connect,
}

impl Asked {
    /// Looks for a wish to leave HTTP.
    pub(crate) fn find(
        parts: &mut Parts,
        seen: Seen,
        tunnels: &Tunnels,
    ) -> Result<Option<Self>, Error> {
        let kind = if is_websocket(parts) {
            Asks::WebSocket
        } else if parts.method == Method::CONNECT {
            if !tunnels.connect || parts.version == Version::HTTP_2 {
                return Err(Error::new(Kind::Tunnel));
            }
            Asks::Connect
        } else {
            let is_there = seen.has(Seen::CONNECTION) && seen.has(Seen::UPGRADE);
            match is_there.then(|| protocol(&parts.headers)).flatten() {
                Some(protocol) if parts.version == Version::HTTP_11 => Asks::Protocol(protocol),
                _ => return Ok(None),
            }
        };
        // Not there if the server cannot do it.
        match (parts.extensions.remove::<OnUpgrade>(), kind) {
            (Some(client), kind) => Ok(Some(Self { client, kind })),
            // Without it there is nothing that could be asked of the upstream.
            (None, Asks::WebSocket) => Err(Error::new(Kind::Tunnel)),
            (None, _) => Ok(None),
        }
    }

    /// Puts back what has been taken away as the field of one hop, or what HTTP/2 says
    /// otherwise.
    pub(crate) fn ask(&self, parts: &mut Parts) {
        let protocol = match &self.kind {
            Asks::Protocol(protocol) => protocol.clone(),
            Asks::WebSocket => {
                parts.method = Method::GET;
                parts.headers.insert(SEC_WEBSOCKET_KEY, websocket::key());
                HeaderValue::from_static("websocket")
            }
            Asks::Connect => return,
        };
        parts.headers.insert(UPGRADE, protocol);
        let upgrade = HeaderValue::from_static("upgrade");
        parts.headers.insert(CONNECTION, upgrade);
    }

    pub(crate) fn is_websocket_over_http2(&self) -> bool {
        matches!(self.kind, Asks::WebSocket)
    }

    pub(crate) fn is_connect(&self) -> bool {
        matches!(self.kind, Asks::Connect)
    }

    /// Whether the upstream did what was asked.
    pub(crate) fn is_granted<B>(&self, response: &Response<B>) -> bool {
        match self.kind {
            Asks::Protocol(_) | Asks::WebSocket => {
                response.status() == StatusCode::SWITCHING_PROTOCOLS
            }
            Asks::Connect => response.status().is_success(),
        }
    }
}

/// Whether a request asks for a WebSocket as HTTP/2 does.
fn is_websocket(parts: &Parts) -> bool {
    parts.method == Method::CONNECT
        && parts.version == Version::HTTP_2
        && parts
            .extensions
            .get::<Protocol>()
            .is_some_and(|protocol| protocol.as_str() == "websocket")
}

/// The protocol that a request would rather speak.
///
/// None that is HTTP again, such as `h2c`: in a tunnel its requests would go past all
/// that stands in front of the upstream.
fn protocol(headers: &HeaderMap) -> Option<HeaderValue> {
    let is_http = |name: &[u8]| {
        let name = name.to_ascii_lowercase();
        name.starts_with(b"h2") || name.starts_with(b"http")
    };
    let is_listed =
        members(headers, &CONNECTION).any(|member| member.eq_ignore_ascii_case(b"upgrade"));
    if !is_listed || members(headers, &UPGRADE).any(is_http) {
        return None;
    }
    headers.get(UPGRADE).cloned()
}

/// Joins both connections, in a task of its own.
pub(crate) fn join(asked: Asked, upstream: Box<Http1>, tunnels: &Tunnels) {
    let (io, first) = upstream.into_parts();
    let upstream = Rewound { first, io };
    let until = tunnels.until.as_ref().map(|until| until());
    let idle = tunnels.idle;
    tokio::spawn(async move {
        // The server hands it over once the response is written.
        let client = match asked.client.await {
            Ok(client) => TokioIo::new(client),
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "no tunnel");
                return;
            }
        };
        let copied = async {
            tokio::select! {
                copied = copy(client, upstream, idle) => copied,
                () = ended(until) => Ok(()),
            }
        };
        if let Err(error) = copied.await {
            tracing::debug!(error = &error as &dyn std::error::Error, "tunnel failed");
        }
    });
}

async fn ended(until: Option<Ended>) {
    match until {
        Some(until) => until.await,
        None => std::future::pending().await,
    }
}

/// Copies both ways until both ends have closed, or nothing came for `idle`; up to
/// twice that, as it is looked at once in that time.
async fn copy<A, B>(a: A, b: B, idle: Duration) -> io::Result<()>
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    let busy = Arc::new(AtomicBool::new(true));
    let (mut a, mut b) = (Watched::new(a, &busy), Watched::new(b, &busy));
    let mut copied = std::pin::pin!(copy_bidirectional(&mut a, &mut b));
    loop {
        tokio::select! {
            copied = &mut copied => return copied.map(|_| ()),
            () = sleep(idle) => {
                if !busy.swap(false, Ordering::Relaxed) {
                    return Err(io::ErrorKind::TimedOut.into());
                }
            }
        }
    }
}

/// A stream that notes that something was read from it.
struct Watched<T> {
    inner: T,
    busy: Arc<AtomicBool>,
}

impl<T> Watched<T> {
    fn new(inner: T, busy: &Arc<AtomicBool>) -> Self {
        let busy = busy.clone();
        Self { inner, busy }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Watched<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.inner).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.busy.store(true, Ordering::Relaxed);
        }
        read
    }
}

/// What was read before the upgrade comes first.
struct Rewound<T> {
    first: Bytes,
    io: T,
}

impl<T: AsyncRead + Unpin> AsyncRead for Rewound<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.first.is_empty() {
            return Pin::new(&mut self.io).poll_read(cx, buf);
        }
        let length = self.first.len().min(buf.remaining());
        buf.put_slice(&self.first[..length]);
        self.first.advance(length);
        Poll::Ready(Ok(()))
    }
}

/// Writing is the inner stream's own business.
macro_rules! write_to {
    ($type:ident, $inner:ident) => {
        impl<T: AsyncWrite + Unpin> AsyncWrite for $type<T> {
            fn poll_write(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.$inner).poll_write(cx, buf)
            }

            fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Pin::new(&mut self.$inner).poll_flush(cx)
            }

            fn poll_shutdown(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<io::Result<()>> {
                Pin::new(&mut self.$inner).poll_shutdown(cx)
            }
        }
    };
}

write_to!(Watched, inner);
write_to!(Rewound, io);

impl fmt::Debug for Tunnels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tunnels")
            .field("idle", &self.idle)
            .field("connect", &self.connect)
            .finish_non_exhaustive()
    }
}
