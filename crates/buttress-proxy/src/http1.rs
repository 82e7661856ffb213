//! One HTTP/1 connection to an upstream.
//!
//! hyper's connections are futures of their own, which others spawn. Here the
//! request polls the connection it has, and so needs neither a second task nor a
//! wake-up across tasks; only an upload that outlives its response's head gets a
//! task.

use crate::{
    connect::{Io, Traffic},
    deadline::Deadline,
    error::{Error, Kind},
    outgoing::{Outgoing, Upload},
    pool::{Lease, Pooled},
    relay::Relay,
};
use bytes::Bytes;
use http::{Request, Response};
use hyper::{
    body::Incoming,
    client::conn::{TrySendError, http1},
};
use hyper_util::rt::TokioIo;
use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};
use tokio::time::Instant;

type Connection = http1::Connection<TokioIo<Io>, Outgoing>;

/// A connection, and what its requests need.
pub(crate) struct Http1 {
    connection: Connection,
    sender: http1::SendRequest<Outgoing>,
    traffic: Arc<Traffic>,
    relay: Arc<Relay>,
    /// The relay's, made once.
    waker: Waker,
    is_over: bool,
    is_last: bool,
    /// Kept from request to request, as its timer is dear.
    pub(crate) deadline: Deadline,
}

impl Http1 {
    pub(crate) async fn handshake(builder: &http1::Builder, io: Io) -> Result<Self, Error> {
        let traffic = io.traffic();
        let shaken = builder.handshake(TokioIo::new(io)).await;
        let (sender, connection) = shaken.map_err(|error| Error::because(Kind::Connect, error))?;
        let (relay, waker) = Relay::new();
        Ok(Self {
            connection,
            sender,
            traffic,
            relay,
            waker,
            is_over: false,
            is_last: false,
            deadline: Deadline::default(),
        })
    }

    pub(crate) fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Sends a request. The connection must be [polled](Self::poll) for it.
    pub(crate) fn send(
        &mut self,
        request: Request<Outgoing>,
    ) -> impl Future<Output = Result<Response<Incoming>, TrySendError<Request<Outgoing>>>> + use<>
    {
        self.traffic.reset();
        self.sender.try_send_request(request)
    }

    /// Ready when the connection is over, or the other end's for another
    /// protocol. Of errors the response's future tells, or its body.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_over {
            return Poll::Ready(());
        }
        self.relay.watch(cx.waker());
        let mut cx = Context::from_waker(&self.waker);
        let ended = Pin::new(&mut self.connection).poll(&mut cx);
        self.is_over = ended.is_ready();
        ended.map(|_| ())
    }

    /// Whether the last exchange is complete, in both directions, and another one may
    /// follow.
    pub(crate) fn is_idle(&self) -> bool {
        !self.is_last && self.sender.is_ready()
    }

    /// Forgets who polled it: nobody does until the next request.
    pub(crate) fn rest(&self) {
        self.relay.rest();
    }

    /// Ends the connection with the exchange that it has.
    pub(crate) fn use_no_more(&mut self) {
        self.is_last = true;
    }

    /// The socket, with what was read from it; after an upgrade.
    pub(crate) fn into_parts(self) -> (Io, Bytes) {
        let parts = self.connection.into_parts();
        (parts.io.into_inner(), parts.read_buf)
    }
}

impl Pooled for Http1 {
    /// hyper reads from an idle connection, and ends it for an end or for anything else
    /// that comes. It has to be polled for that only when it asked to be: it was polled
    /// last when its exchange ended, and waits for the socket since.
    fn is_alive(&mut self) -> bool {
        if self.relay.is_woken() {
            let mut cx = Context::from_waker(Waker::noop());
            if self.poll(&mut cx).is_ready() {
                return false;
            }
            self.rest();
        }
        !self.is_over && self.is_idle()
    }
}

/// Polls a connection to the end of its exchange, in a task of its own: the
/// response's head is there, and the request's body is still being sent.
///
/// It gives up when the upstream takes nothing for `stalled`.
pub(crate) async fn finish(mut lease: Lease<Http1>, upload: Arc<Upload>, stalled: Duration) {
    let Some(http1) = lease.item() else { return };
    let mut progress = Progress::new(stalled);
    let is_idle = std::future::poll_fn(|cx| {
        if http1.poll(cx).is_ready() {
            return Poll::Ready(false);
        }
        // Asks to be told, too.
        if let Poll::Ready(ready) = http1.sender.poll_ready(cx) {
            return Poll::Ready(ready.is_ok());
        }
        progress.note(http1, &upload);
        http1.deadline.poll(cx).map(|()| false)
    })
    .await;
    if is_idle && lease.item().is_some_and(|http1| http1.is_idle()) {
        if let Some(http1) = lease.item() {
            http1.rest();
        }
        lease.put_back();
    }
}

/// Moves a connection's deadline while a request's body goes out. A client that
/// sends nothing has a deadline of its own.
pub(crate) struct Progress {
    written: Option<u64>,
    limit: Duration,
}

impl Progress {
    pub(crate) fn new(limit: Duration) -> Self {
        let written = None;
        Self { written, limit }
    }

    pub(crate) fn note(&mut self, http1: &mut Http1, upload: &Upload) {
        let written = Some(http1.traffic.written());
        if upload.is_starved() || written != self.written {
            self.written = written;
            let later = Instant::now().checked_add(self.limit);
            http1.deadline.set(later);
        }
    }
}
