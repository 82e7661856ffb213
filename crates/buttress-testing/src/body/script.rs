use super::{Probe, Scripted};
use crate::Gate;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body::{Body, Frame, SizeHint};
use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::Sleep;

/// A body that gives what its script says, step by step, and ends after it.
///
/// It is not fused: polled after its end (`None`, or its error) it panics,
/// as an `async_stream` does, unless [`fused`](Self::fused) was said. Its size
/// is unknown and `is_end_stream` is never true, unless the script says more.
#[derive(Debug, Default)]
pub struct ScriptedBody {
    steps: VecDeque<Step>,
    sleep: Option<Pin<Box<Sleep>>>,
    hint: Hint,
    knows_its_end: bool,
    is_fused: bool,
    has_ended: bool,
    probe: Probe,
}

#[derive(Debug)]
enum Step {
    Data(Bytes),
    Pause,
    Hold(Gate),
    Delay(Duration),
    Trailers(HeaderMap),
    Error(Scripted),
    Panic(&'static str),
}

#[derive(Debug, Default)]
enum Hint {
    #[default]
    Unknown,
    Between {
        below: u64,
        above: u64,
    },
    Claimed(SizeHint),
}

/// The script.
impl ScriptedBody {
    /// A body that ends at once.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Then a frame of data.
    #[must_use]
    pub fn data(self, data: impl Into<Bytes>) -> Self {
        self.then(Step::Data(data.into()))
    }

    /// Then a frame of data for each item.
    #[must_use]
    pub fn chunks<T: Into<Bytes>>(self, chunks: impl IntoIterator<Item = T>) -> Self {
        chunks.into_iter().fold(self, Self::data)
    }

    /// Then a frame without a byte in it.
    #[must_use]
    pub fn empty(self) -> Self {
        self.data(Bytes::new())
    }

    /// Then nothing for one poll: the task is woken at once.
    #[must_use]
    pub fn pause(self) -> Self {
        self.then(Step::Pause)
    }

    /// Then nothing until `gate` is opened.
    #[must_use]
    pub fn hold(self, gate: &Gate) -> Self {
        self.then(Step::Hold(gate.clone()))
    }

    /// Then nothing for `delay` of tokio's time, paused time included.
    #[must_use]
    pub fn delay(self, delay: Duration) -> Self {
        self.then(Step::Delay(delay))
    }

    /// Then trailers.
    ///
    /// # Panics
    ///
    /// If a name or a value is not valid.
    #[must_use]
    pub fn trailers<const N: usize>(self, fields: [(&'static str, &'static str); N]) -> Self {
        let fields = fields.map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        });
        self.then(Step::Trailers(HeaderMap::from_iter(fields)))
    }

    /// Then an error, which is its end.
    #[must_use]
    pub fn error(self, text: &'static str) -> Self {
        self.then(Step::Error(Scripted(text)))
    }

    /// Then a panic in the middle of a poll.
    #[must_use]
    pub fn panic(self, text: &'static str) -> Self {
        self.then(Step::Panic(text))
    }

    fn then(mut self, step: Step) -> Self {
        self.steps.push_back(step);
        self
    }
}

/// How it behaves beside the script.
impl ScriptedBody {
    /// `size_hint` is exact at every moment.
    #[must_use]
    pub fn exact_size(self) -> Self {
        self.size_between(0, 0)
    }

    /// `size_hint` is a true range: `below` less and `above` more than what
    /// the script still holds.
    #[must_use]
    pub fn size_between(mut self, below: u64, above: u64) -> Self {
        self.hint = Hint::Between { below, above };
        self
    }

    /// `size_hint` is always this, true or not.
    #[must_use]
    pub fn claimed_size(mut self, hint: SizeHint) -> Self {
        self.hint = Hint::Claimed(hint);
        self
    }

    /// `is_end_stream` turns true as soon as the script is through.
    #[must_use]
    pub fn knows_its_end(mut self) -> Self {
        self.knows_its_end = true;
        self
    }

    /// Answers `None` after its end instead of panicking.
    #[must_use]
    pub fn fused(mut self) -> Self {
        self.is_fused = true;
        self
    }

    /// A handle that sees what becomes of the body.
    #[must_use]
    pub fn probe(&self) -> Probe {
        self.probe.clone()
    }

    fn remaining(&self) -> u64 {
        self.steps
            .iter()
            .map(|step| match step {
                Step::Data(data) => data.len() as u64,
                _ => 0,
            })
            .sum()
    }

    fn poll_after_end(&self) -> Poll<Option<Result<Frame<Bytes>, Scripted>>> {
        self.probe.count_poll_after_end();
        assert!(
            self.is_fused,
            "a scripted body was polled after its end (poll {} of it)",
            self.probe.polls()
        );
        Poll::Ready(None)
    }

    /// Ready once a step that waits is over; others never wait.
    fn poll_wait(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self.steps.front() {
            Some(Step::Pause) => {
                self.steps.pop_front();
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Some(Step::Hold(gate)) => std::task::ready!(gate.poll_pass(cx)),
            Some(&Step::Delay(delay)) => {
                let sleep = self
                    .sleep
                    .get_or_insert_with(|| Box::pin(tokio::time::sleep(delay)));
                std::task::ready!(sleep.as_mut().poll(cx));
                self.sleep = None;
            }
            _ => return Poll::Ready(()),
        }
        self.steps.pop_front();
        self.poll_wait(cx)
    }
}

impl Body for ScriptedBody {
    type Data = Bytes;
    type Error = Scripted;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Scripted>>> {
        self.probe.count_poll();
        if self.has_ended {
            return self.poll_after_end();
        }
        std::task::ready!(self.poll_wait(cx));
        Poll::Ready(match self.steps.pop_front() {
            Some(Step::Data(data)) => {
                self.probe.count_data(data.len());
                Some(Ok(Frame::data(data)))
            }
            Some(Step::Trailers(trailers)) => Some(Ok(Frame::trailers(trailers))),
            Some(Step::Error(error)) => {
                self.has_ended = true;
                self.probe.set_failed();
                Some(Err(error))
            }
            Some(Step::Panic(text)) => {
                self.has_ended = true;
                panic!("{text}");
            }
            Some(Step::Pause | Step::Hold(_) | Step::Delay(_)) => {
                unreachable!("poll_wait is ready only when no such step is next")
            }
            None => {
                self.has_ended = true;
                self.probe.set_finished();
                None
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.knows_its_end && (self.has_ended || self.steps.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = SizeHint::new();
        match &self.hint {
            Hint::Unknown => {}
            Hint::Between { below, above } => {
                hint.set_upper(self.remaining() + above);
                hint.set_lower(self.remaining().saturating_sub(*below));
            }
            Hint::Claimed(claimed) => hint.clone_from(claimed),
        }
        hint
    }
}

impl Drop for ScriptedBody {
    fn drop(&mut self) {
        self.probe.set_dropped();
    }
}
