//! A body on its way from the origin, read by everybody who asked for it.

use crate::{BoxError, reader::Reader};
use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use std::{
    collections::VecDeque,
    mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Wake, Waker},
};

/// The body of a response, as its origin gives it.
pub(crate) type Source = Pin<Box<dyn Body<Data = Bytes, Error = BoxError> + Send>>;

/// Told once what became of the body: all of it, or nothing.
pub(crate) type Recorder = Box<dyn FnOnce(Option<Whole>) + Send>;

/// A body that came whole.
#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) chunks: Vec<Bytes>,
    pub(crate) trailers: Option<HeaderMap>,
}

/// A body that its readers poll on together: whoever has read all there is polls
/// the source, and all are woken when it has more.
///
/// Nobody reads ahead, so the fastest reader sets the pace, and a lone one keeps
/// its backpressure. Everything is kept up to `window` bytes, so that others can
/// join and the whole can be stored. Beyond that it is a window that moves with
/// its readers: who falls out of it gets an error.
pub(crate) struct Fill {
    state: Mutex<State>,
    waiting: Arc<Waiting>,
    waker: Waker,
}

struct State {
    source: Option<Source>,
    /// What was read and may still be asked for.
    chunks: VecDeque<Bytes>,
    /// How many chunks were dropped before the first of `chunks`.
    first: u64,
    /// The bytes of `chunks`, and what they cost beside.
    kept: usize,
    window: usize,
    total: u64,
    /// What the head announced.
    expected: Option<u64>,
    end: Option<End>,
    /// There was more than fits: what was read is dropped.
    has_overflowed: bool,
    readers: Readers,
    recorder: Option<Recorder>,
}

/// How a body ended.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// In order, and as long as announced if it was.
    Whole(Option<HeaderMap>),
    /// In order, and not as long as announced: whoever serves it finds out.
    Wrong(Option<HeaderMap>),
    /// Not in order; the text is that of its error.
    Failed(Arc<str>),
}

/// What a reader finds at its place.
pub(crate) enum Found {
    Data(Bytes),
    End(End),
    /// The error itself, for the reader that met it.
    Error(BoxError),
    /// What it needs next is gone.
    Lagged,
}

impl Fill {
    /// A chunk costs its bytes and its place, so that many small ones stay within
    /// bounds as well.
    const CHUNK: usize = mem::size_of::<Bytes>();

    /// A body that is `expected` to have a length, and its first reader.
    pub(crate) fn new(
        source: Source,
        expected: Option<u64>,
        window: usize,
        recorder: Recorder,
    ) -> (Arc<Self>, Reader) {
        let waiting = Arc::new(Waiting::default());
        let mut readers = Readers::default();
        let id = readers.add();
        let state = State {
            source: Some(source),
            chunks: VecDeque::new(),
            first: 0,
            kept: 0,
            window,
            total: 0,
            expected,
            end: None,
            has_overflowed: false,
            readers,
            recorder: Some(recorder),
        };
        let fill = Arc::new(Self {
            state: Mutex::new(state),
            waker: Waker::from(waiting.clone()),
            waiting,
        });
        let reader = Reader::new(fill.clone(), id);
        (fill, reader)
    }

    /// Ends a body that is empty and knows it. Apart from [`new`](Self::new), so
    /// that others can be told of the body before its recorder is.
    pub(crate) fn begin(&self) {
        let finished = self.lock().end_if_told();
        finished.tell();
    }

    /// One more reader, from the first byte on; `None` once that is gone or the
    /// body has failed.
    pub(crate) fn join(self: &Arc<Self>) -> Option<Reader> {
        let mut state = self.lock();
        let has_all = !state.has_overflowed && !matches!(state.end, Some(End::Failed(_)));
        let id = has_all.then(|| state.readers.add())?;
        drop(state);
        Some(Reader::new(self.clone(), id))
    }

    /// The next thing for the reader `id`, which has read `next` chunks.
    pub(crate) fn poll_next(&self, id: usize, next: u64, cx: &mut Context<'_>) -> Poll<Found> {
        let mut state = self.lock();
        if let Some(found) = state.find(id, next) {
            return Poll::Ready(found);
        }
        self.waiting.add(id, cx.waker());
        let mut fused = FailOnPanic {
            fill: self,
            armed: true,
        };
        let polled = state.poll_source(&mut Context::from_waker(&self.waker));
        fused.armed = false;
        let Poll::Ready((error, finished)) = polled else {
            return Poll::Pending;
        };
        let found = match error {
            Some(error) => Found::Error(error),
            None => state.find(id, next).unwrap_or(Found::Lagged),
        };
        drop(state);
        finished.tell();
        self.waiting.remove(id);
        self.waiting.wake_all();
        Poll::Ready(found)
    }

    /// The reader `id` leaves. With the last one the body ends, wherever it is.
    pub(crate) fn leave(&self, id: usize) {
        self.waiting.remove(id);
        let mut state = self.lock();
        state.readers.remove(id);
        if !state.readers.is_empty() || state.end.is_some() {
            return;
        }
        let source = state.source.take();
        // A server that has sent as many bytes as announced asks for no more.
        let finished = match state.expected == Some(state.total) {
            true => state.finish(End::Whole(None)),
            false => state.finish(End::Failed("the response was given up".into())),
        };
        drop(state);
        finished.tell();
        drop(source);
    }

    /// What is known of the bytes that come after the first `taken`.
    pub(crate) fn size_hint(&self, taken: u64) -> SizeHint {
        let state = self.lock();
        let ahead = state.total - taken;
        let hint = state.source.as_ref().map(|source| source.size_hint());
        let hint = hint.unwrap_or_else(|| SizeHint::with_exact(0));
        let mut sum = SizeHint::new();
        if let Some(upper) = hint.upper() {
            sum.set_upper(upper.saturating_add(ahead));
        }
        sum.set_lower(hint.lower().saturating_add(ahead));
        sum
    }

    /// Whether nothing comes after the first `taken` bytes.
    pub(crate) fn is_over(&self, taken: u64) -> bool {
        let state = self.lock();
        let without_trailers = matches!(state.end, Some(End::Whole(None) | End::Wrong(None)));
        without_trailers && state.total == taken
    }

    /// Whether its recorder still waits for the end.
    pub(crate) fn is_recorded(&self) -> bool {
        self.lock().recorder.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A source that panicked is gone, and `FailOnPanic` has said so.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn find(&mut self, id: usize, next: u64) -> Option<Found> {
        let Some(place) = next.checked_sub(self.first) else {
            return Some(Found::Lagged);
        };
        if let Some(chunk) = self.chunks.get(place as usize) {
            let chunk = chunk.clone();
            self.readers.advance(id, next + 1);
            if self.has_overflowed {
                self.trim();
            }
            return Some(Found::Data(chunk));
        }
        self.end.clone().map(Found::End)
    }

    /// Ready with an error, if that came, and what there is to tell.
    fn poll_source(&mut self, cx: &mut Context<'_>) -> Poll<(Option<BoxError>, Finished)> {
        // Taken out, so that a panic leaves none behind.
        let Some(mut source) = self.source.take() else {
            let lost = self.finish(End::Failed("the body of the response panicked".into()));
            return Poll::Ready((None, lost));
        };
        let Poll::Ready(frame) = source.as_mut().poll_frame(cx) else {
            self.source = Some(source);
            return Poll::Pending;
        };
        let finished = match frame {
            Some(Ok(frame)) => {
                self.source = Some(source);
                self.take(frame)
            }
            Some(Err(error)) => {
                let text = error.to_string();
                return Poll::Ready((Some(error), self.finish(End::Failed(text.into()))));
            }
            None => self.finish_in_order(None),
        };
        Poll::Ready((None, finished))
    }

    fn take(&mut self, frame: Frame<Bytes>) -> Finished {
        let data = match frame.into_data() {
            Ok(data) => data,
            Err(frame) => return self.finish_in_order(frame.into_trailers().ok()),
        };
        self.total += data.len() as u64;
        self.kept += data.len() + Fill::CHUNK;
        self.chunks.push_back(data);
        if self.kept > self.window {
            self.has_overflowed = true;
            let recorder = self.recorder.take();
            self.trim();
            self.give_up_laggards();
            return Finished(recorder.map(|recorder| (recorder, None)));
        }
        self.end_if_told()
    }

    /// Asks the head and the source whether that was all.
    fn end_if_told(&mut self) -> Finished {
        match &self.source {
            Some(_) if self.expected == Some(0) => self.finish_in_order(None),
            Some(source) if source.is_end_stream() => self.finish_in_order(None),
            _ => Finished(None),
        }
    }

    fn finish_in_order(&mut self, trailers: Option<HeaderMap>) -> Finished {
        self.source = None;
        match self.expected {
            Some(expected) if expected != self.total => self.finish(End::Wrong(trailers)),
            _ => self.finish(End::Whole(trailers)),
        }
    }

    fn finish(&mut self, end: End) -> Finished {
        let whole = match &end {
            End::Whole(trailers) if !self.has_overflowed => Some(Whole {
                chunks: self.chunks.iter().cloned().collect(),
                trailers: trailers.clone(),
            }),
            _ => None,
        };
        self.end = Some(end);
        Finished(self.recorder.take().map(|recorder| (recorder, whole)))
    }

    /// Drops what every reader has read.
    fn trim(&mut self) {
        let slowest = self.readers.slowest();
        while self.first < slowest && self.drop_first() {}
    }

    /// Drops what does not fit, but for the last chunk, which is being read.
    fn give_up_laggards(&mut self) {
        while self.kept > self.window && self.chunks.len() > 1 && self.drop_first() {}
    }

    fn drop_first(&mut self) -> bool {
        let Some(chunk) = self.chunks.pop_front() else {
            return false;
        };
        self.kept -= chunk.len() + Fill::CHUNK;
        self.first += 1;
        true
    }
}

/// What is to be told once the lock is given back.
#[must_use]
struct Finished(Option<(Recorder, Option<Whole>)>);

impl Finished {
    fn tell(self) {
        if let Some((recorder, whole)) = self.0 {
            recorder(whole);
        }
    }
}

/// Releases everybody who waits for a body that panics.
struct FailOnPanic<'a> {
    fill: &'a Fill,
    armed: bool,
}

impl Drop for FailOnPanic<'_> {
    fn drop(&mut self) {
        if self.armed {
            // The lock is held by who unwinds: those who wake find the source gone.
            self.fill.waiting.wake_all();
        }
    }
}

/// Where each reader is.
#[derive(Debug, Default)]
struct Readers {
    next: Vec<Option<u64>>,
    free: Vec<usize>,
}

impl Readers {
    fn add(&mut self) -> usize {
        let Some(id) = self.free.pop() else {
            self.next.push(Some(0));
            return self.next.len() - 1;
        };
        self.next[id] = Some(0);
        id
    }

    fn remove(&mut self, id: usize) {
        self.next[id] = None;
        self.free.push(id);
    }

    fn advance(&mut self, id: usize, next: u64) {
        self.next[id] = Some(next);
    }

    fn is_empty(&self) -> bool {
        self.free.len() == self.next.len()
    }

    fn slowest(&self) -> u64 {
        self.next.iter().flatten().min().copied().unwrap_or(0)
    }
}

/// The wakers of the readers that wait for the source, each in its own place.
#[derive(Debug, Default)]
struct Waiting(Mutex<Vec<Option<Waker>>>);

impl Waiting {
    fn add(&self, id: usize, waker: &Waker) {
        let mut waiting = self.lock();
        if waiting.len() <= id {
            waiting.resize(id + 1, None);
        }
        match &mut waiting[id] {
            Some(known) => known.clone_from(waker),
            empty => *empty = Some(waker.clone()),
        }
    }

    fn remove(&self, id: usize) {
        if let Some(waker) = self.lock().get_mut(id) {
            *waker = None;
        }
    }

    fn wake_all(&self) {
        // Outside of the lock, because a waker may run the task at once.
        let woken = mem::take(&mut *self.lock());
        woken.into_iter().flatten().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Option<Waker>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        self.wake_all();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wake_all();
    }
}
