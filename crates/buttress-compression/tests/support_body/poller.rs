use buttress_compression::BoxError;
use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame};
use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

type Polled = Poll<Option<Result<Frame<Bytes>, BoxError>>>;

/// Polls a body by hand, and sees whether it asks to be polled again.
pub(crate) struct Poller<B> {
    body: Pin<Box<B>>,
    wakes: Arc<Wakes>,
    polls: usize,
    data: Vec<u8>,
    trailers: Option<HeaderMap>,
}

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl<B: Body<Data = Bytes, Error = BoxError>> Poller<B> {
    pub(crate) fn new(body: B) -> Self {
        Self {
            body: Box::pin(body),
            wakes: Arc::default(),
            polls: 0,
            data: Vec::new(),
            trailers: None,
        }
    }

    /// How often the task was woken so far.
    pub(crate) fn wakes(&self) -> usize {
        self.wakes.0.load(Ordering::SeqCst)
    }

    /// How often the body was polled so far.
    pub(crate) fn polls(&self) -> usize {
        self.polls
    }

    /// All data that came so far.
    pub(crate) fn data(&self) -> &[u8] {
        &self.data
    }

    pub(crate) fn trailers(&self) -> Option<&HeaderMap> {
        self.trailers.as_ref()
    }

    pub(crate) fn body(&self) -> &B {
        &self.body
    }

    /// Polls once; data and trailers are kept.
    pub(crate) fn poll(&mut self) -> Polled {
        self.polls += 1;
        let waker = Waker::from(Arc::clone(&self.wakes));
        let polled = self
            .body
            .as_mut()
            .poll_frame(&mut Context::from_waker(&waker));
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            if let Some(data) = frame.data_ref() {
                self.data.extend_from_slice(data);
            }
            if let Some(trailers) = frame.trailers_ref() {
                self.trailers = Some(trailers.clone());
            }
        }
        polled
    }

    /// Polls once a body that has no reason to wait: if it does, it must have
    /// asked to be polled again, or it would hang.
    pub(crate) fn poll_busy(&mut self) -> Polled {
        let wakes = self.wakes();
        let polled = self.poll();
        assert!(
            polled.is_ready() || self.wakes() > wakes,
            "poll {} makes no progress, and nobody was woken",
            self.polls
        );
        polled
    }

    /// Polls until the body waits for somebody else, or has ended.
    pub(crate) fn poll_until_idle(&mut self) -> Polled {
        loop {
            let wakes = self.wakes();
            match self.poll() {
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Pending if self.wakes() > wakes => {}
                other => return other,
            }
        }
    }

    /// Polls to the end a body that has no reason to wait.
    pub(crate) fn poll_to_end(&mut self) {
        loop {
            match self.poll_busy() {
                Poll::Ready(None) => return,
                Poll::Ready(Some(Err(error))) => panic!("the body ended with {error}"),
                _ => {}
            }
        }
    }
}
