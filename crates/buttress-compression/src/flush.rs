//! When a stream hands its output on.

use crate::predicate::{media_type, starts_with_ignore_case};
use http::HeaderMap;
use std::{
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Waker},
    time::Duration,
};
use tokio::time::Instant;

/// When encoded output of a streamed body is handed to the server.
///
/// An encoder holds back input to find repetitions, so the client may wait for
/// bytes that the handler has long written. A flush ends that, at the price of
/// a larger output (some 5 bytes and part of the history's use for each).
///
/// Whatever is set, responses of type `text/event-stream` or
/// `application/grpc-web*`, and those with `X-Accel-Buffering: no`, are flushed
/// after [every frame](Flush::EveryFrame), unless a
/// [`CompressionHint`](crate::CompressionHint::flush) says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flush {
    /// When the body pauses: the first time at once, and then no more often
    /// than once in this interval (a pause that comes too early is flushed
    /// when the interval is over, if it lasts). Outside a tokio runtime there
    /// is no timer, and every pause is flushed.
    Auto(Duration),
    /// After every data frame of the body.
    EveryFrame,
    /// Only at the end, or by a [`FlushHandle`].
    Never,
}

impl Default for Flush {
    /// [`Flush::Auto`] with 10 ms.
    fn default() -> Self {
        Self::Auto(Duration::from_millis(10))
    }
}

impl Flush {
    /// The mode that the response's own head asks for, if it does.
    pub(crate) fn of_head(headers: &HeaderMap) -> Option<Self> {
        let streaming_type = media_type(headers).is_some_and(|media_type| {
            media_type.eq_ignore_ascii_case(b"text/event-stream")
                || starts_with_ignore_case(media_type, b"application/grpc-web")
        });
        let unbuffered = headers
            .get("x-accel-buffering")
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"no"));
        (streaming_type || unbuffered).then_some(Self::EveryFrame)
    }
}

/// Flushes one response by hand, as `res.flush()` does in Express.
///
/// The handler makes one, keeps it, and puts a clone into the extensions of its
/// response; [`flush`](Self::flush) may then be called from wherever the body
/// is produced. Under [`Flush::Auto`], which flushes when the body pauses, there
/// is seldom a need for it. A handle is for one response.
///
/// ```
/// use buttress_compression::{CompressionHint, Flush, FlushHandle};
/// use bytes::Bytes;
/// use http::Response;
/// use http_body::{Body, Frame};
/// use http_body_util::StreamBody;
/// use std::convert::Infallible;
///
/// async fn handler() -> Response<impl Body<Data = Bytes>> {
///     let (sender, mut receiver) = tokio::sync::mpsc::channel::<Bytes>(8);
///     let pieces = futures_util::stream::poll_fn(move |cx| receiver.poll_recv(cx));
///     let frames = futures_util::StreamExt::map(pieces, |piece| Ok::<_, Infallible>(Frame::data(piece)));
///     let handle = FlushHandle::new();
///     let mut response = Response::new(StreamBody::new(frames));
///     response.extensions_mut().insert(handle.clone());
///     response.extensions_mut().insert(CompressionHint::new().flush(Flush::Never));
///     tokio::spawn(async move {
///         for row in ["<tr>…", "<tr>…"] {
///             if sender.send(row.into()).await.is_err() {
///                 return; // The client has left.
///             }
///             handle.flush();
///         }
///     });
///     response
/// }
/// # let _ = handler;
/// ```
#[derive(Clone, Debug, Default)]
pub struct FlushHandle {
    shared: Arc<Mutex<Request>>,
}

#[derive(Debug, Default)]
struct Request {
    pending: bool,
    waker: Option<Waker>,
}

impl FlushHandle {
    /// A handle that no response has yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks that all that the body has to yield without waiting be sent now: a
    /// piece that was put into a channel before this call is among it. Calls
    /// before the next flush count as one.
    pub fn flush(&self) {
        let waker = {
            let mut request = self.lock();
            request.pending = true;
            request.waker.take()
        };
        // Woken outside the lock: a waker may run the body at once.
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn take(&self, cx: &Context<'_>) -> bool {
        let mut request = self.lock();
        if !request.pending {
            request.waker = Some(cx.waker().clone());
        }
        std::mem::take(&mut request.pending)
    }

    fn forget_waker(&self) {
        let waker = self.lock().waker.take();
        // Outside the lock: it may be the last of its task.
        drop(waker);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Request> {
        // The state is a flag and a waker, whole after a panic too.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Decides for one body, at each pause, whether to flush.
pub(crate) struct Flusher {
    mode: Flush,
    handle: Option<FlushHandle>,
    /// Flushed by hand before a pause: what was to be flushed may still come.
    owed: bool,
    last: Option<Instant>,
}

impl Drop for Flusher {
    fn drop(&mut self) {
        // The handler may keep its handle, and should not keep the connection's
        // task with it.
        if let Some(handle) = &self.handle {
            handle.forget_waker();
        }
    }
}

/// What to do about unflushed input while the body pauses.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum AtPause {
    Flush,
    /// Flush then, if the pause lasts.
    WaitUntil(Instant),
    Hold,
}

impl Flusher {
    pub(crate) fn new(mode: Flush, handle: Option<FlushHandle>) -> Self {
        Self {
            mode,
            handle,
            owed: false,
            last: None,
        }
    }

    /// Whether to flush although the body does not pause.
    pub(crate) fn after_frame(&mut self, cx: &Context<'_>) -> bool {
        let by_hand = self.asked_by_hand(cx);
        self.owed |= by_hand;
        by_hand || self.mode == Flush::EveryFrame
    }

    fn asked_by_hand(&self, cx: &Context<'_>) -> bool {
        self.handle.as_ref().is_some_and(|handle| handle.take(cx))
    }

    pub(crate) fn at_pause(&mut self, cx: &Context<'_>) -> AtPause {
        // Asked in any mode, so that the handle knows whom to wake.
        let by_hand = self.asked_by_hand(cx);
        if std::mem::take(&mut self.owed) || by_hand {
            return AtPause::Flush;
        }
        match self.mode {
            Flush::EveryFrame => AtPause::Flush,
            Flush::Never => AtPause::Hold,
            Flush::Auto(interval) => self.after_interval(interval),
        }
    }

    pub(crate) fn flushed(&mut self) {
        if matches!(self.mode, Flush::Auto(_)) {
            self.last = Some(Instant::now());
        }
    }

    fn after_interval(&self, interval: Duration) -> AtPause {
        // An interval too long for the clock is one that never ends.
        match self.last.map(|last| last.checked_add(interval)) {
            None => AtPause::Flush,
            Some(None) => AtPause::Hold,
            Some(Some(due)) if due <= Instant::now() => AtPause::Flush,
            Some(Some(_)) if tokio::runtime::Handle::try_current().is_err() => AtPause::Flush,
            Some(Some(due)) => AtPause::WaitUntil(due),
        }
    }
}
