use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

/// The body of a request as endpoints see it.
///
/// It comes back when an endpoint drops it: whole, if nothing of it was taken, or with
/// what was taken kept aside, if that is short enough. So it can be sent again.
pub struct RequestBody<B: Body<Data = Bytes>> {
    /// `None` is the empty body.
    tape: Option<Box<Tape<B>>>,
    /// How many of its pieces were given.
    given: usize,
    home: Option<Home<B>>,
}

/// Where a body comes back to.
pub(crate) type Home<B> = Arc<Mutex<Option<Box<Tape<B>>>>>;

/// A body, and what was read of it.
pub(crate) struct Tape<B> {
    body: Pin<Box<B>>,
    pieces: Vec<Bytes>,
    trailers: Option<HeaderMap>,
    has_ended: bool,
    /// How many more bytes may be kept.
    room: usize,
    /// Whether something was given that was not kept.
    is_torn: bool,
}

/// A request's body between attempts.
pub(crate) enum Stock<B: Body<Data = Bytes>> {
    Empty,
    Full(Home<B>),
}

impl<B: Body<Data = Bytes>> Stock<B> {
    /// Keeps up to `room` bytes of it.
    pub(crate) fn new(body: B, room: usize) -> Self {
        if body.is_end_stream() {
            return Self::Empty;
        }
        let tape = Tape {
            body: Box::pin(body),
            pieces: Vec::new(),
            trailers: None,
            has_ended: false,
            room,
            is_torn: false,
        };
        Self::Full(Arc::new(Mutex::new(Some(Box::new(tape)))))
    }

    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// Whether it can be sent from its beginning.
    pub(crate) fn is_whole(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Full(home) => lock(home).as_ref().is_some_and(|tape| !tape.is_torn),
        }
    }

    /// The body from its beginning; `None` if it is not there, or no longer whole.
    pub(crate) fn take(&self) -> Option<RequestBody<B>> {
        let Self::Full(home) = self else {
            return Some(RequestBody::empty());
        };
        let tape = lock(home).take().filter(|tape| !tape.is_torn)?;
        Some(RequestBody {
            tape: Some(tape),
            given: 0,
            home: Some(Arc::clone(home)),
        })
    }
}

fn lock<T>(home: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    home.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<B: Body<Data = Bytes>> RequestBody<B> {
    fn empty() -> Self {
        Self {
            tape: None,
            given: 0,
            home: None,
        }
    }
}

impl<B: Body<Data = Bytes>> Tape<B> {
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        let polled = self.body.as_mut().poll_frame(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => self.keep(frame),
            Poll::Ready(Some(Err(_))) => {
                self.is_torn = true;
                self.has_ended = true;
            }
            Poll::Ready(None) => self.has_ended = true,
            Poll::Pending => {}
        }
        polled
    }

    fn keep(&mut self, frame: &Frame<Bytes>) {
        if let Some(trailers) = frame.trailers_ref() {
            self.has_ended = true;
            self.trailers = (!self.is_torn).then(|| trailers.clone());
        } else if let Some(data) = frame.data_ref() {
            match self.room.checked_sub(data.len()) {
                Some(room) if !self.is_torn => {
                    self.room = room;
                    self.pieces.push(data.clone());
                }
                _ => {
                    self.is_torn = true;
                    self.pieces = Vec::new();
                }
            }
        }
    }
}

impl<B: Body<Data = Bytes>> Body for RequestBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = &mut *self;
        let Some(tape) = &mut this.tape else {
            return Poll::Ready(None);
        };
        if let Some(piece) = tape.pieces.get(this.given) {
            this.given += 1;
            return Poll::Ready(Some(Ok(Frame::data(piece.clone()))));
        }
        if tape.has_ended && this.given == tape.pieces.len() {
            // Trailers, once.
            this.given = usize::MAX;
            let trailers = tape.trailers.clone().map(Frame::trailers);
            return Poll::Ready(trailers.map(Ok));
        }
        let polled = tape.poll_more(cx);
        this.given = match tape.has_ended {
            true => usize::MAX,
            false => tape.pieces.len(),
        };
        polled
    }

    fn is_end_stream(&self) -> bool {
        let Some(tape) = &self.tape else { return true };
        let has_ended = tape.has_ended || tape.body.is_end_stream();
        let has_trailers = tape.trailers.is_some() && self.given != usize::MAX;
        has_ended && self.given >= tape.pieces.len() && !has_trailers
    }

    fn size_hint(&self) -> SizeHint {
        let Some(tape) = &self.tape else {
            return SizeHint::with_exact(0);
        };
        let kept = tape.pieces.get(self.given..).unwrap_or_default();
        let kept: u64 = kept.iter().map(|piece| piece.len() as u64).sum();
        let rest = match tape.has_ended {
            true => SizeHint::with_exact(0),
            false => tape.body.size_hint(),
        };
        let mut hint = SizeHint::new();
        // The upper bound first, which may not be below the lower one.
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper.saturating_add(kept));
        }
        hint.set_lower(rest.lower().saturating_add(kept));
        hint
    }
}

impl<B: Body<Data = Bytes>> Drop for RequestBody<B> {
    fn drop(&mut self) {
        if let (Some(home), Some(tape)) = (&self.home, self.tape.take()) {
            *lock(home) = Some(tape);
        }
    }
}

impl<B: Body<Data = Bytes>> fmt::Debug for RequestBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBody")
            .field("is_empty", &self.tape.is_none())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use buttress_testing::ScriptedBody;
    use http_body_util::{BodyExt, Full};
    use proptest::prelude::*;
    use std::future::Future;

    fn now<F: Future>(future: F) -> F::Output {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(future)
    }

    #[test]
    fn an_empty_body_is_kept_nowhere() {
        let stock = Stock::new(Full::new(Bytes::new()), 0);
        assert!(stock.is_empty());
        let body = stock.take().unwrap();
        assert!(body.is_end_stream());
        assert_eq!(body.size_hint().exact(), Some(0));
        assert!(now(body.collect()).unwrap().to_bytes().is_empty());
    }

    #[test]
    fn while_it_is_out_there_is_none() {
        let stock = Stock::new(Full::new(Bytes::from("body")), 10);
        let body = stock.take().unwrap();
        assert!(!stock.is_whole() && stock.take().is_none());
        drop(body);
        assert!(stock.is_whole());
    }

    proptest! {
        /// However often, and how far, it was read before: it is whole again, unless more
        /// was read than may be kept.
        #[test]
        fn it_comes_back_whole_or_not_at_all(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 1..8),
            reads in prop::collection::vec(0usize..10, 0..4),
            room in 0usize..100,
            has_trailers: bool,
        ) {
            let whole = pieces.concat();
            let mut body = ScriptedBody::new();
            for piece in &pieces {
                body = body.data(piece.clone());
            }
            if has_trailers {
                body = body.trailers([("x-sum", "1")]);
            }
            let stock = Stock::new(body, room);
            let mut most = 0;
            for read in reads {
                let Some(mut body) = stock.take() else { break };
                for count in 0..read {
                    if now(body.frame()).is_none() {
                        break;
                    }
                    most = most.max(count + 1);
                }
            }
            let kept: usize = pieces.iter().take(most).map(Vec::len).sum();
            prop_assert_eq!(stock.is_whole(), kept <= room);
            if let Some(body) = stock.take() {
                let read = now(body.collect()).unwrap();
                prop_assert_eq!(read.trailers().is_some(), has_trailers);
                prop_assert_eq!(read.to_bytes(), whole);
            }
        }
    }
}
