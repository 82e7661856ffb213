use crate::{
    deadline::Deadline,
    error::{Error, Kind},
    http1::Http1,
    http2::Stream,
    pool::Lease,
    relay::quietly,
};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};
use tokio::time::Instant;

/// The body of a response, as the upstream sends it.
///
/// Nothing is read ahead of who polls it but one of hyper's buffers. Dropped
/// before its end, it ends the exchange with the upstream.
pub struct ResponseBody {
    incoming: Incoming,
    driver: Driver,
    limits: Limits,
    deadline: Deadline,
    is_waiting: bool,
    has_ended: bool,
    /// Told at the next poll.
    failure: Option<Error>,
}

/// Who polls the connection.
pub(crate) enum Driver {
    /// This body does.
    Here(Lease<Http1>),
    /// A task does.
    Elsewhere,
    /// A task does, for many; there is room for another when this is dropped.
    Stream(#[allow(dead_code, reason = "held for its end")] Stream),
}

/// How long a body may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) idle: Duration,
    pub(crate) whole: Option<Instant>,
}

impl ResponseBody {
    pub(crate) fn new(incoming: Incoming, mut driver: Driver, limits: Limits) -> Self {
        let deadline = match &mut driver {
            Driver::Here(lease) => lease
                .item()
                .map(|http1| std::mem::take(&mut http1.deadline)),
            Driver::Elsewhere | Driver::Stream(_) => None,
        };
        let mut body = Self {
            incoming,
            driver,
            limits,
            deadline: deadline.unwrap_or_default(),
            is_waiting: false,
            has_ended: false,
            failure: None,
        };
        if body.incoming.is_end_stream() {
            body.finish();
        }
        body
    }

    /// All was read: the connection is free.
    fn finish(&mut self) {
        // Whatever else it was, it is dropped by that.
        let Driver::Here(mut lease) = std::mem::replace(&mut self.driver, Driver::Elsewhere) else {
            return;
        };
        let Some(http1) = lease.item() else { return };
        if http1.is_idle() {
            http1.rest();
            http1.deadline = std::mem::take(&mut self.deadline);
            lease.put_back();
        }
    }

    fn poll_incoming(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let incoming = Pin::new(&mut self.incoming);
        let Driver::Here(lease) = &mut self.driver else {
            return incoming.poll_frame(cx);
        };
        // Whatever comes, comes of polling the connection: only that wakes.
        let mut unwoken = Context::from_waker(Waker::noop());
        // To take a frame wakes the connection, which is polled here in any case.
        if let Poll::Ready(frame) = quietly(|| incoming.poll_frame(&mut unwoken)) {
            return Poll::Ready(frame);
        }
        if let Some(http1) = lease.item() {
            let _ = http1.poll(cx);
        }
        // If there is none yet, all that it wants was known to the connection before.
        quietly(|| Pin::new(&mut self.incoming).poll_frame(&mut unwoken))
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        if !self.is_waiting {
            self.is_waiting = true;
            let idle = Instant::now().checked_add(self.limits.idle);
            self.deadline.set(match (idle, self.limits.whole) {
                (Some(idle), Some(whole)) => Some(idle.min(whole)),
                (idle, whole) => idle.or(whole),
            });
        }
        ready!(self.deadline.poll(cx));
        let is_whole = self.limits.whole.is_some_and(|at| at <= Instant::now());
        Poll::Ready(Error::new(match is_whole {
            true => Kind::WholeTimeout,
            false => Kind::IdleTimeout,
        }))
    }

    fn fail(&mut self, error: Error) -> Error {
        self.has_ended = true;
        // Which closes the connection.
        self.driver = Driver::Elsewhere;
        error
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Some(error) = self.failure.take() {
            return Poll::Ready(Some(Err(error)));
        }
        if self.has_ended {
            return Poll::Ready(None);
        }
        match self.poll_incoming(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                self.is_waiting = false;
                if self.incoming.is_end_stream() {
                    self.finish();
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                // A server drops at an error what it has not written yet. It writes
                // while it waits, so the client gets all that came before.
                let error = self.fail(broken(error));
                self.failure = Some(error);
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Poll::Ready(None) => {
                self.has_ended = true;
                self.finish();
                Poll::Ready(None)
            }
            Poll::Pending => {
                let error = ready!(self.poll_deadline(cx));
                Poll::Ready(Some(Err(self.fail(error))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.failure.is_none() && (self.has_ended || self.incoming.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        match self.has_ended && self.failure.is_none() {
            true => SizeHint::with_exact(0),
            false => self.incoming.size_hint(),
        }
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody")
            .field("has_ended", &self.has_ended)
            .finish_non_exhaustive()
    }
}

/// hyper says that a body was cut short and that its chunks are malformed with
/// errors of one kind.
fn broken(error: hyper::Error) -> Error {
    let kind = match error.is_incomplete_message() {
        true => Kind::Closed,
        false => Kind::Protocol,
    };
    Error::because(kind, error)
}
