use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};
use tokio::time::sleep;

/// When a request is sent a second time, elsewhere.
///
/// See [`BalancerBuilder::hedge`](crate::BalancerBuilder::hedge). Only requests that read
/// (GET, HEAD, OPTIONS, TRACE) and have no body are, and each takes one from the budget of
/// retries.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Hedge {
    pub(crate) after: Duration,
}

impl Hedge {
    /// When there is no answer after this time. About the time in which 95 of 100
    /// requests are answered is a good one: then one in twenty is sent twice.
    pub fn after(after: Duration) -> Self {
        Self { after }
    }
}

/// What `first` gives, or what `second` does if that is there earlier. It is made when
/// `first` has taken its time. What is no good waits for the other.
pub(crate) async fn race<T, F: Future<Output = T>>(
    first: F,
    after: Duration,
    second: impl FnOnce() -> Option<F>,
    is_good: impl Fn(&T) -> bool,
) -> T {
    let mut first = pin!(first);
    {
        let mut timer = pin!(sleep(after));
        let early = poll_fn(|cx| match first.as_mut().poll(cx) {
            Poll::Ready(it) => Poll::Ready(Some(it)),
            Poll::Pending => timer.as_mut().poll(cx).map(|()| None),
        });
        if let Some(early) = early.await {
            return early;
        }
    }
    let Some(second) = second() else {
        return first.await;
    };
    either(first, pin!(second), is_good).await
}

async fn either<T, F: Future<Output = T>>(
    mut first: Pin<&mut F>,
    mut second: Pin<&mut F>,
    is_good: impl Fn(&T) -> bool,
) -> T {
    let (mut first_bad, mut second_bad) = (None, None);
    poll_fn(|cx| {
        for (future, bad) in [(&mut first, &mut first_bad), (&mut second, &mut second_bad)] {
            if bad.is_none() {
                match future.as_mut().poll(cx) {
                    Poll::Ready(it) if is_good(&it) => return Poll::Ready(it),
                    Poll::Ready(it) => *bad = Some(it),
                    Poll::Pending => {}
                }
            }
        }
        match second_bad.is_some() {
            true => first_bad.take().map_or(Poll::Pending, Poll::Ready),
            false => Poll::Pending,
        }
    })
    .await
}
