use crate::guard;
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{runtime::Handle, time::Sleep};

/// How long the frames of an HTTP/2 stream get to be written.
const FLUSH: Duration = Duration::from_millis(50);

/// The pause between the last good frame of a body and its error.
///
/// A server that is told of an error throws away what it has not written yet.
/// hyper's HTTP/1 writes when a body is pending, so that one poll is enough. Over
/// HTTP/2 it is another task that writes, perhaps on another thread, and a reset
/// overtakes what is queued: it gets a moment.
pub(super) enum Pause {
    Once,
    Timed(Pin<Box<Sleep>>),
    Over,
}

impl Pause {
    pub(super) fn new(is_multiplexed: bool) -> Self {
        if !is_multiplexed || Handle::try_current().is_err() {
            return Self::Once;
        }
        // A runtime may have been built without its timers, and then this
        // panics: one poll has to do.
        guard::catch(|| Box::pin(tokio::time::sleep(FLUSH))).map_or(Self::Once, Self::Timed)
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::Once => {
                *self = Self::Over;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Self::Timed(sleep) => sleep.as_mut().poll(cx),
            Self::Over => Poll::Ready(()),
        }
    }
}
