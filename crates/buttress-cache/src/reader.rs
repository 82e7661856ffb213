use crate::{
    BoxError, LaggedError,
    error::SharedError,
    fill::{End, Fill, Found},
};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll, ready},
};

/// One reader of a [`Fill`].
pub(crate) struct Reader {
    fill: Arc<Fill>,
    id: usize,
    /// How many chunks it has read, and their bytes.
    next: u64,
    taken: u64,
    has_ended: bool,
}

impl Reader {
    pub(crate) fn new(fill: Arc<Fill>, id: usize) -> Self {
        Self {
            fill,
            id,
            next: 0,
            taken: 0,
            has_ended: false,
        }
    }

    pub(crate) fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        let found = ready!(self.fill.poll_next(self.id, self.next, cx));
        self.has_ended = !matches!(found, Found::Data(_));
        Poll::Ready(match found {
            Found::Data(data) => {
                self.next += 1;
                self.taken += data.len() as u64;
                Some(Ok(Frame::data(data)))
            }
            Found::End(End::Whole(trailers) | End::Wrong(trailers)) => {
                trailers.map(|trailers| Ok(Frame::trailers(trailers)))
            }
            Found::End(End::Failed(text)) => Some(Err(SharedError::new(text).into())),
            Found::Error(error) => Some(Err(error)),
            Found::Lagged => Some(Err(LaggedError.into())),
        })
    }

    /// See [`Fill::is_recorded`].
    pub(crate) fn is_recorded(&self) -> bool {
        self.fill.is_recorded()
    }

    pub(crate) fn is_end_stream(&self) -> bool {
        self.has_ended || self.fill.is_over(self.taken)
    }

    pub(crate) fn size_hint(&self) -> SizeHint {
        match self.has_ended {
            true => SizeHint::with_exact(0),
            false => self.fill.size_hint(self.taken),
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.fill.leave(self.id);
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("next", &self.next)
            .field("taken", &self.taken)
            .field("has_ended", &self.has_ended)
            .finish_non_exhaustive()
    }
}
