//! One connection from its first byte to its last.

use super::{
    App,
    peer::Peer,
    policy::{Kind, Stage, Verdict},
    service::Connected,
    sniff::{Protocol, Sniffed},
    socket::Io,
    warm,
};
use bytes::Bytes;
use hyper::server::conn::{http1, http2};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    service::TowerToHyperService,
};
use pin_project_lite::pin_project;
use std::{
    future::Future,
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::OwnedSemaphorePermit,
    time::{Instant, Sleep, sleep_until},
};

type Http1<T, S, A> = http1::UpgradeableConnection<TokioIo<Io<T, A>>, Hyper<S, A>>;
type Http2<T, S, A> = http2::Connection<TokioIo<Io<T, A>>, Hyper<S, A>, TokioExecutor>;
type Hyper<S, A> = TowerToHyperService<Connected<S, A>>;

pin_project! {
    /// Serves a connection. Ready when it is over, or was handed to an upgrade.
    ///
    /// Must be the whole of a task, for it asks to be woken by the trigger
    /// once and not at every poll.
    pub(super) struct Connection<T, S, A, W>
    where
        S: App,
        A: Send,
        A: Sync,
        A: 'static,
    {
        served: Served<T, S, A>,
        service: Connected<S, A>,
        peer: Arc<Peer<A>>,
        #[pin]
        triggered: W,
        is_listening: bool,
        is_closing: bool,
        timer: Option<Pin<Box<Sleep>>>,
        permit: Option<OwnedSemaphorePermit>,
    }
}

/// What serves a connection. Boxed, so that one that waits takes no room for it.
enum Served<T, S: App, A: Send + Sync + 'static> {
    Parked(Io<T, A>, Sniffed),
    Http1 {
        http: Box<Http1<T, S, A>>,
        _warm: warm::One,
    },
    Http2(Box<Http2<T, S, A>>),
    Over,
}

impl<T, S: App, A: Send + Sync + 'static, W> Connection<T, S, A, W> {
    pub(super) fn new(
        io: T,
        service: S,
        peer: Arc<Peer<A>>,
        triggered: W,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Self {
        Self {
            served: Served::Parked(Io::new(io, peer.clone()), Sniffed::default()),
            service: Connected::new(service, peer.clone()),
            peer,
            triggered,
            is_listening: false,
            is_closing: false,
            timer: None,
            permit,
        }
    }
}

impl<T, S, A, W> Future for Connection<T, S, A, W>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: App,
    A: Send + Sync + 'static,
    W: Future<Output = ()>,
{
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.as_mut().listen(cx);
        loop {
            if self.as_mut().poll_served(cx).is_ready() {
                return Poll::Ready(());
            }
            match self.judge() {
                Verdict::Leave => return Poll::Pending,
                Verdict::Wait(until) => ready!(self.as_mut().poll_timer(until, cx)),
                Verdict::Park => self.as_mut().park(),
                Verdict::Close => {
                    if !self.as_mut().close() {
                        return Poll::Ready(());
                    }
                }
                Verdict::Drop => return Poll::Ready(()),
            }
        }
    }
}

impl<T, S, A, W> Connection<T, S, A, W>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: App,
    A: Send + Sync + 'static,
    W: Future<Output = ()>,
{
    /// Has the trigger wake the task.
    fn listen(self: Pin<&mut Self>, cx: &mut Context<'_>) {
        let this = self.project();
        if !*this.is_listening {
            *this.is_listening = true;
            // Whether it is ready is asked of the drain itself.
            let _ = this.triggered.poll(cx);
        }
    }

    fn poll_served(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let this = self.as_mut().project();
            let served = match this.served {
                Served::Parked(io, sniffed) => {
                    let Ok(Some(protocol)) = ready!(poll_sniff(io, sniffed, cx)) else {
                        return Poll::Ready(());
                    };
                    self.as_mut().begin(protocol);
                    continue;
                }
                Served::Http1 { http, .. } => ready!(Pin::new(http.as_mut()).poll(cx)),
                Served::Http2(http) => ready!(Pin::new(http.as_mut()).poll(cx)),
                Served::Over => Ok(()),
            };
            if let Err(error) = served {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "connection failed"
                );
            }
            return Poll::Ready(());
        }
    }

    /// Puts a protocol on the socket.
    fn begin(self: Pin<&mut Self>, protocol: Protocol) {
        let this = self.project();
        let Served::Parked(mut io, sniffed) = mem::replace(this.served, Served::Over) else {
            return;
        };
        io.rewind(Bytes::from(sniffed.into_bytes()));
        let service = this.service.clone();
        *this.served = match protocol {
            Protocol::Http1 => http1(this.peer, service, io),
            Protocol::Http2 => {
                this.peer.state.speaks_http2();
                let (builder, service) = (&this.peer.shared.http2, Hyper::new(service));
                Served::Http2(Box::new(
                    builder.serve_connection(TokioIo::new(io), service),
                ))
            }
        };
    }

    fn judge(&self) -> Verdict {
        let (peer, stage) = (&self.peer, self.peer.state.stage());
        let lingering = peer.shared.drain.lingering_since();
        if stage == Stage::Busy && lingering.is_none() {
            // Most polls of a loaded server: no need to ask the clock.
            return Verdict::Leave;
        }
        let kind = match self.served {
            Served::Parked(..) | Served::Over => Kind::Parked,
            Served::Http1 { .. } => Kind::Http1 {
                can_park: peer.state.can_park(),
                is_crowded: peer.shared.warm.is_crowded(),
            },
            Served::Http2(_) => Kind::Http2,
        };
        let rules = &peer.shared.rules;
        rules.judge(kind, stage, self.is_closing, lingering, Instant::now())
    }

    /// Waits until then, or less: who asks again too early loses nothing, and
    /// a timer is not set anew for each request.
    fn poll_timer(self: Pin<&mut Self>, until: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let timer = this
            .timer
            .get_or_insert_with(|| Box::pin(sleep_until(until)));
        if timer.deadline() > until || timer.is_elapsed() {
            timer.as_mut().reset(until);
        }
        timer.as_mut().poll(cx)
    }

    /// Gives back hyper's buffers, some 17 KiB, and keeps the socket.
    fn park(self: Pin<&mut Self>) {
        let this = self.project();
        let Served::Http1 { http, .. } = mem::replace(this.served, Served::Over) else {
            return;
        };
        // Without parts it was upgraded, and is over.
        let Some(parts) = http.into_parts() else {
            return;
        };
        let mut io = parts.io.into_inner();
        if parts.read_buf.is_empty() {
            *this.served = Served::Parked(io, Sniffed::default());
            return;
        }
        // Half of a pipelined request had come with the last one.
        io.rewind(parts.read_buf);
        this.peer.state.has_read();
        *this.served = http1(this.peer, this.service.clone(), io);
    }

    /// Asks for an end in order; `false` if there is nothing to wait for.
    fn close(self: Pin<&mut Self>) -> bool {
        let this = self.project();
        *this.is_closing = true;
        match this.served {
            Served::Parked(..) | Served::Over => return false,
            Served::Http1 { http, .. } => Pin::new(http.as_mut()).graceful_shutdown(),
            Served::Http2(http) => Pin::new(http.as_mut()).graceful_shutdown(),
        }
        true
    }
}

fn http1<T, S, A>(peer: &Peer<A>, service: Connected<S, A>, io: Io<T, A>) -> Served<T, S, A>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: App,
    A: Send + Sync + 'static,
{
    let (builder, service) = (&peer.shared.http1, Hyper::new(service));
    let http = builder.serve_connection(TokioIo::new(io), service);
    Served::Http1 {
        http: Box::new(http.with_upgrades()),
        _warm: peer.shared.warm.one_more(),
    }
}

/// Reads until the protocol is sure; `None` if the client closes before.
fn poll_sniff<T: AsyncRead + Unpin, A>(
    io: &mut Io<T, A>,
    sniffed: &mut Sniffed,
    cx: &mut Context<'_>,
) -> Poll<std::io::Result<Option<Protocol>>> {
    loop {
        let mut bytes = [0; 24];
        let mut buf = ReadBuf::new(&mut bytes[..sniffed.room()]);
        ready!(Pin::new(&mut *io).poll_read(cx, &mut buf))?;
        if buf.filled().is_empty() {
            return Poll::Ready(Ok(None));
        }
        if let Some(protocol) = sniffed.take(buf.filled()) {
            return Poll::Ready(Ok(Some(protocol)));
        }
    }
}
