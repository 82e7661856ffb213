//! The body of a request on its way to the upstream.

use crate::{
    deadline::Deadline,
    error::{BoxError, Error, Kind},
    headers::hop_by_hop,
};
use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};
use tokio::time::Instant;

/// A body of any type. Without one, nothing is allocated.
pub(crate) struct Outgoing(Option<Pin<Box<dyn Body<Data = Bytes, Error = Error> + Send>>>);

/// What is known of an [`Outgoing`] from outside.
#[derive(Debug, Default)]
pub(crate) struct Upload {
    has_ended: AtomicBool,
    is_starved: AtomicBool,
    frames: AtomicU64,
    failure: OnceLock<Kind>,
    gate: Option<Gate>,
}

/// Holds a body back until the upstream says 100 (RFC 9110 §10.1.1).
#[derive(Debug, Default)]
struct Gate {
    is_open: AtomicBool,
    is_shut_for_good: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

/// How long an upstream may leave `Expect: 100-continue` without an answer until
/// the body is sent anyhow.
const PATIENCE: Duration = Duration::from_secs(1);

/// What a body is held to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) most: u64,
    pub(crate) idle: Duration,
}

impl Outgoing {
    pub(crate) fn empty() -> Self {
        Self(None)
    }

    /// Takes a body that is not at its end.
    pub(crate) fn new<B>(body: B, bounds: Bounds, waits: bool) -> (Self, Arc<Upload>)
    where
        B: Body + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let upload = Arc::new(Upload {
            gate: waits.then(Gate::default),
            ..Upload::default()
        });
        let streamed = Streamed {
            body,
            left: bounds.most,
            idle: bounds.idle,
            deadline: Deadline::default(),
            is_waiting: false,
            end: End(upload.clone()),
        };
        (Self(Some(Box::pin(streamed))), upload)
    }
}

impl Upload {
    /// Whether nothing more will be sent: all was, or it broke off.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Acquire)
    }

    /// Whether it is the client that is waited for.
    pub(crate) fn is_starved(&self) -> bool {
        self.is_starved.load(Ordering::Relaxed)
    }

    /// How many frames of it were taken.
    pub(crate) fn frames(&self) -> u64 {
        self.frames.load(Ordering::Relaxed)
    }

    /// What was wrong with the request's body, rather than with the upstream.
    pub(crate) fn failure(&self) -> Option<Kind> {
        self.failure.get().copied()
    }

    /// Whether the body is still being held back.
    pub(crate) fn is_held(&self) -> bool {
        let gate = self.gate.as_ref();
        gate.is_some_and(|gate| !gate.is_open.load(Ordering::Acquire))
    }

    /// Lets the body go.
    pub(crate) fn release(&self) {
        let Some(gate) = &self.gate else { return };
        gate.is_open.store(true, Ordering::Release);
        let waker = gate.waker.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waker) = waker.as_ref() {
            waker.wake_by_ref();
        }
    }

    /// Never lets the body go, for the response came without it.
    pub(crate) fn hold_for_good(&self) {
        if let Some(gate) = &self.gate {
            gate.is_shut_for_good.store(true, Ordering::Release);
        }
    }

    fn is_shut_for_good(&self) -> bool {
        let gate = self.gate.as_ref();
        gate.is_some_and(|gate| gate.is_shut_for_good.load(Ordering::Acquire))
    }

    fn poll_gate(&self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(gate) = &self.gate else {
            return Poll::Ready(());
        };
        let mut waker = gate.waker.lock().unwrap_or_else(PoisonError::into_inner);
        if gate.is_open.load(Ordering::Acquire) {
            return Poll::Ready(());
        }
        *waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// Tells of the end also when the body is dropped.
#[derive(Debug)]
struct End(Arc<Upload>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.has_ended.store(true, Ordering::Release);
    }
}

pin_project! {
    struct Streamed<B> {
        #[pin]
        body: B,
        left: u64,
        idle: Duration,
        deadline: Deadline,
        is_waiting: bool,
        end: End,
    }
}

impl<B> Body for Streamed<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        std::task::ready!(self.as_mut().poll_release(cx));
        let this = self.as_mut().project();
        match this.body.poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                if *this.is_waiting {
                    *this.is_waiting = false;
                    this.end.0.is_starved.store(false, Ordering::Relaxed);
                }
                this.end.0.frames.fetch_add(1, Ordering::Relaxed);
                Poll::Ready(Some(self.take(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                Poll::Ready(Some(Err(self.fail(Kind::Upload, Some(error.into())))))
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => self.poll_idle(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B> Streamed<B> {
    /// Waits until the upstream wants the body, or has not said so for long.
    fn poll_release(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let upload = &this.end.0;
        if upload.poll_gate(cx).is_ready() {
            return Poll::Ready(());
        }
        if upload.is_shut_for_good() {
            return Poll::Pending;
        }
        if !*this.is_waiting {
            *this.is_waiting = true;
            this.deadline.set(Some(Instant::now() + PATIENCE));
        }
        std::task::ready!(this.deadline.poll(cx));
        *this.is_waiting = false;
        upload.release();
        Poll::Ready(())
    }

    fn poll_idle(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.as_mut().project();
        if !*this.is_waiting {
            *this.is_waiting = true;
            this.end.0.is_starved.store(true, Ordering::Relaxed);
            this.deadline.set(Instant::now().checked_add(*this.idle));
        }
        std::task::ready!(this.deadline.poll(cx));
        Poll::Ready(Some(Err(self.fail(Kind::UploadTimeout, None))))
    }

    fn take<D: Buf>(mut self: Pin<&mut Self>, frame: Frame<D>) -> Result<Frame<Bytes>, Error> {
        // Of a `Bytes` this is no copy.
        let mut frame = frame.map_data(|mut data| data.copy_to_bytes(data.remaining()));
        if let Some(trailers) = frame.trailers_mut() {
            hop_by_hop::strip_trailers(trailers);
        }
        let length = frame.data_ref().map_or(0, Bytes::len) as u64;
        let this = self.as_mut().project();
        match this.left.checked_sub(length) {
            Some(left) => *this.left = left,
            None => return Err(self.fail(Kind::TooLarge, None)),
        }
        Ok(frame)
    }

    fn fail(self: Pin<&mut Self>, kind: Kind, source: Option<BoxError>) -> Error {
        // The first one is the cause of what follows.
        let _ = self.end.0.failure.set(kind);
        match source {
            Some(source) => Error::because(kind, source),
            None => Error::new(kind),
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match &mut self.0 {
            Some(body) => body.as_mut().poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(|body| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Some(body) => body.size_hint(),
            None => SizeHint::with_exact(0),
        }
    }
}
