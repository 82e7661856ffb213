//! The service inside the layers, and the body that it answers with.

use crate::job::{Arrival, Job};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header::CONTENT_TYPE};
use http_body::{Body, Frame, SizeHint};
use std::{
    convert::Infallible,
    future::{Future, Ready, ready},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Sleep, sleep};
use tower_service::Service;

#[derive(Clone)]
pub(crate) struct Origin {
    data: Bytes,
    content_type: HeaderValue,
    arrival: Arrival,
}

impl Origin {
    pub(crate) fn new(job: &Job) -> Self {
        Self {
            data: job.sample.bytes(),
            content_type: HeaderValue::from_static(job.sample.content_type()),
            arrival: job.arrival,
        }
    }
}

impl<T> Service<Request<T>> for Origin {
    type Response = Response<Arriving>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<T>) -> Self::Future {
        let mut response = Response::new(Arriving {
            rest: self.data.clone(),
            arrival: self.arrival,
            frames: 0,
            pausing: false,
            tick: None,
        });
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, self.content_type.clone());
        ready(Ok(response))
    }
}

pub(crate) struct Arriving {
    rest: Bytes,
    arrival: Arrival,
    frames: usize,
    /// Whether the pause before the next frame is over.
    pausing: bool,
    tick: Option<Pin<Box<Sleep>>>,
}

impl Arriving {
    fn frame_size(&self) -> usize {
        match self.arrival {
            Arrival::Whole => self.rest.len(),
            Arrival::Pausing => 4 << 10,
            Arrival::Steady => 16 << 10,
            Arrival::Open => 300,
            Arrival::Ticking => 94,
        }
    }

    /// Whether the reader has to wait before the next frame.
    fn poll_pause(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self.arrival {
            Arrival::Pausing if self.frames % 8 == 7 => self.poll_once_more(cx),
            Arrival::Open if self.frames == 1 => Poll::Pending,
            Arrival::Ticking if self.frames % 2 == 1 => self.poll_once_more(cx),
            Arrival::Ticking if self.frames > 0 => self.poll_tick(cx),
            _ => Poll::Ready(()),
        }
    }

    /// A pause of one poll.
    fn poll_once_more(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.pausing {
            return Poll::Ready(());
        }
        self.pausing = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn poll_tick(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let tick = self
            .tick
            .get_or_insert_with(|| Box::pin(sleep(Duration::from_millis(1))));
        let poll = tick.as_mut().poll(cx);
        if poll.is_ready() {
            self.tick = None;
        }
        poll
    }
}

impl Body for Arriving {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        if self.poll_pause(cx).is_pending() {
            return Poll::Pending;
        }
        self.pausing = false;
        self.frames += 1;
        let size = self.frame_size().min(self.rest.len());
        let data = self.rest.split_to(size);
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        // A stream does not know that it is over before it was asked.
        self.arrival == Arrival::Whole && self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        match self.arrival {
            Arrival::Whole => SizeHint::with_exact(self.rest.len() as u64),
            _ => SizeHint::default(),
        }
    }
}
