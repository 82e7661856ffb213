//! A body that is encoded while it arrives.

use crate::{
    BoxError,
    engine::Engine,
    flush::{AtPause, Flusher},
    head,
    source::{FRAMES_PER_POLL, Last, Next, Source},
};
use bytes::{Buf, Bytes};
use http::HeaderMap;
use http_body::{Body, Frame};
use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{runtime::Handle, time::Sleep};

/// Input given to the encoder in one call.
const STEP: usize = 16 * 1024;
/// Output below this waits for more, unless the stream flushes, pauses or ends.
const MIN_FRAME: usize = 1024;
/// What the server gets, when a body fails, to write what came before: long
/// enough for a thread of a busy machine to get its turn.
const GRACE: Duration = Duration::from_millis(50);

/// Reads the source, feeds the engine, and hands on what it made.
///
/// Held at any time, apart from the encoder's own state: one frame of the inner
/// body (or what was read ahead of it) and one call's output.
pub(crate) struct Stream<B> {
    source: Source<B>,
    engine: Engine,
    /// Input that the encoder has not had yet.
    chunk: Bytes,
    /// Whether the encoder may hold input back.
    unflushed: bool,
    stage: Stage,
    flusher: Flusher,
    timer: Option<Pin<Box<Sleep>>>,
}

enum Stage {
    Reading,
    Flushing,
    /// Flushing what came before an error, so that the client gets it.
    FlushingBefore(BoxError),
    Finishing(Option<HeaderMap>),
    /// All that could go out did, and the server has to write it first.
    Failing(BoxError),
    /// For as long as the timer runs, if there is one.
    Failed(BoxError),
    Trailers(HeaderMap),
    Done,
}

enum Step {
    Continue,
    /// Hand on what is ready, if anything is.
    Emit,
    Return(Poll<Option<Result<Frame<Bytes>, BoxError>>>),
}

impl<B> Stream<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    pub(crate) fn new(source: Source<B>, engine: Engine, flusher: Flusher) -> Self {
        Self {
            source,
            engine,
            chunk: Bytes::new(),
            unflushed: false,
            stage: Stage::Reading,
            flusher,
            timer: None,
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done) && self.engine.ready.is_empty()
    }

    pub(crate) fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut budget = Budget::new(self.engine.input_per_poll());
        loop {
            let emit = match self.step(cx, &mut budget) {
                Step::Continue => self.engine.ready.len() >= MIN_FRAME,
                Step::Emit => !self.engine.ready.is_empty(),
                Step::Return(poll) => return poll,
            };
            if emit {
                return Poll::Ready(Some(Ok(Frame::data(self.engine.take_ready()))));
            }
            if budget.is_spent() {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
    }

    fn step(&mut self, cx: &mut Context<'_>, budget: &mut Budget) -> Step {
        match std::mem::replace(&mut self.stage, Stage::Reading) {
            Stage::Reading if self.chunk.has_remaining() => self.feed(cx, budget),
            Stage::Reading => self.read(cx, budget),
            Stage::Flushing => self.flush(),
            Stage::FlushingBefore(error) => self.flush_before(error),
            Stage::Finishing(trailers) => self.finish(trailers),
            Stage::Failing(error) => self.make_way(cx, error),
            Stage::Failed(error) => self.end_with(cx, error),
            Stage::Trailers(trailers) => {
                let frame = Frame::trailers(trailers);
                self.leave(Stage::Done, Poll::Ready(Some(Ok(frame))))
            }
            Stage::Done => self.leave(Stage::Done, Poll::Ready(None)),
        }
    }

    fn leave(&mut self, stage: Stage, poll: Poll<Option<Result<Frame<Bytes>, BoxError>>>) -> Step {
        self.stage = stage;
        Step::Return(poll)
    }

    fn read(&mut self, cx: &mut Context<'_>, budget: &mut Budget) -> Step {
        match self.source.poll_next(cx) {
            Poll::Pending => return self.pause(cx),
            Poll::Ready(Next::Data(data)) => {
                budget.frames += 1;
                self.engine.meter.add_input(data.len());
                self.chunk = data;
            }
            Poll::Ready(Next::Last(Last::End)) => self.stage = Stage::Finishing(None),
            Poll::Ready(Next::Last(Last::Trailers(mut trailers))) => {
                head::forget_digests(&mut trailers);
                self.stage = Stage::Finishing(Some(trailers));
            }
            Poll::Ready(Next::Last(Last::Error(error))) => {
                self.stage = Stage::FlushingBefore(error);
            }
        }
        Step::Continue
    }

    /// The source makes us wait: time to flush, or to wait for that time.
    fn pause(&mut self, cx: &mut Context<'_>) -> Step {
        let action = self.flusher.at_pause(cx);
        let flush = self.unflushed
            && match action {
                AtPause::Flush => true,
                AtPause::Hold => false,
                AtPause::WaitUntil(due) => self.timer(due).as_mut().poll(cx).is_ready(),
            };
        if flush {
            self.stage = Stage::Flushing;
            Step::Continue
        } else if self.engine.ready.is_empty() {
            Step::Return(Poll::Pending)
        } else {
            Step::Emit
        }
    }

    fn timer(&mut self, due: tokio::time::Instant) -> &mut Pin<Box<Sleep>> {
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
        if timer.deadline() != due {
            timer.as_mut().reset(due);
        }
        timer
    }

    fn feed(&mut self, cx: &mut Context<'_>, budget: &mut Budget) -> Step {
        let piece = &self.chunk[..self.chunk.len().min(STEP)];
        let taken = match self.engine.encode(piece) {
            Ok(taken) => taken,
            Err(error) => return self.fail(error),
        };
        budget.input += taken;
        self.chunk.advance(taken);
        self.unflushed = true;
        if self.chunk.is_empty() && self.flusher.after_frame(cx) {
            self.stage = Stage::Flushing;
        }
        Step::Continue
    }

    fn flush(&mut self) -> Step {
        match self.engine.flush() {
            Ok(true) => {
                self.unflushed = false;
                self.flusher.flushed();
                Step::Emit
            }
            Ok(false) => {
                self.stage = Stage::Flushing;
                Step::Continue
            }
            Err(error) => self.fail(error),
        }
    }

    fn flush_before(&mut self, error: BoxError) -> Step {
        match self.engine.flush() {
            Ok(false) => {
                self.stage = Stage::FlushingBefore(error);
                Step::Continue
            }
            // The inner body's error says more than one of the encoder's.
            Ok(true) | Err(_) => {
                self.stage = Stage::Failing(error);
                Step::Emit
            }
        }
    }

    fn finish(&mut self, trailers: Option<HeaderMap>) -> Step {
        match self.engine.finish() {
            Ok(true) => {
                self.stage = trailers.map_or(Stage::Done, Stage::Trailers);
                Step::Emit
            }
            Ok(false) => {
                self.stage = Stage::Finishing(trailers);
                Step::Continue
            }
            Err(error) => self.fail(error),
        }
    }

    fn fail(&mut self, error: io::Error) -> Step {
        self.stage = Stage::Failing(error.into());
        Step::Emit
    }

    /// hyper throws away what it has buffered when a body fails. For HTTP/1 it
    /// is enough to be pending once; an HTTP/2 connection is written by a task
    /// of its own, perhaps on another thread, and needs time.
    fn make_way(&mut self, cx: &mut Context<'_>, error: BoxError) -> Step {
        self.stage = Stage::Failed(error);
        self.timer = Handle::try_current()
            .ok()
            .map(|_| Box::pin(tokio::time::sleep(GRACE)));
        if self.timer.is_some() {
            return Step::Continue;
        }
        cx.waker().wake_by_ref();
        Step::Return(Poll::Pending)
    }

    fn end_with(&mut self, cx: &mut Context<'_>, error: BoxError) -> Step {
        match self.timer.as_mut().map(|timer| timer.as_mut().poll(cx)) {
            Some(Poll::Pending) => self.leave(Stage::Failed(error), Poll::Pending),
            _ => self.leave(Stage::Done, Poll::Ready(Some(Err(error)))),
        }
    }
}

/// What one poll may do before it yields.
struct Budget {
    input: usize,
    frames: usize,
    input_limit: usize,
}

impl Budget {
    fn new(input_limit: usize) -> Self {
        Self {
            input: 0,
            frames: 0,
            input_limit,
        }
    }

    fn is_spent(&self) -> bool {
        self.input >= self.input_limit || self.frames >= FRAMES_PER_POLL
    }
}
