use crate::{Backend, Change};
use futures_core::Stream;
use std::{
    fmt,
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Sleep, sleep};

type Asked<K> = Pin<Box<dyn Future<Output = io::Result<Vec<Backend<K>>>> + Send>>;

/// Asks again and again which endpoints there are, and tells when that changes.
///
/// What is asked may fail, or find none: then nothing changes.
pub fn every<K, F>(period: Duration, mut ask: impl FnMut() -> F + Send + 'static) -> Every<K>
where
    K: Eq + Clone,
    F: Future<Output = io::Result<Vec<Backend<K>>>> + Send + 'static,
{
    let mut ask: Box<dyn FnMut() -> Asked<K> + Send> = Box::new(move || Box::pin(ask()));
    Every {
        state: State::Asking(ask()),
        ask,
        period,
        last: None,
    }
}

/// The stream of [`every`]. It does not end.
#[must_use = "streams do nothing unless they are polled"]
pub struct Every<K> {
    ask: Box<dyn FnMut() -> Asked<K> + Send>,
    period: Duration,
    state: State<K>,
    last: Option<Vec<Backend<K>>>,
}

enum State<K> {
    Asking(Asked<K>),
    Waiting(Pin<Box<Sleep>>),
}

impl<K: Eq + Clone + Unpin> Stream for Every<K> {
    type Item = Change<K>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Change<K>>> {
        let this = &mut *self;
        loop {
            match &mut this.state {
                State::Asking(asked) => {
                    let answered = ready!(asked.as_mut().poll(cx));
                    this.state = State::Waiting(Box::pin(sleep(this.period)));
                    if let Some(list) = this.news(answered) {
                        return Poll::Ready(Some(Change::Set(list)));
                    }
                }
                State::Waiting(timer) => {
                    ready!(timer.as_mut().poll(cx));
                    this.state = State::Asking((this.ask)());
                }
            }
        }
    }
}

impl<K: Eq + Clone> Every<K> {
    /// What was found, if it is other than before.
    fn news(&mut self, found: io::Result<Vec<Backend<K>>>) -> Option<Vec<Backend<K>>> {
        match found {
            Ok(list) if list.is_empty() => {
                tracing::warn!("found no endpoints; those there were stay");
                None
            }
            Ok(list) if self.last.as_ref() == Some(&list) => None,
            Ok(list) => {
                self.last = Some(list.clone());
                Some(list)
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "cannot look for endpoints; those there were stay");
                None
            }
        }
    }
}

impl<K> fmt::Debug for Every<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Every")
            .field("period", &self.period)
            .finish_non_exhaustive()
    }
}
