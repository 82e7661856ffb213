//! A service, driven as hyper drives it.

use crate::services::request;
use http::{Request, Response};
use http_body::Body;
use std::{
    future::Future,
    hint::black_box,
    pin::Pin,
    task::{Context, Poll, Waker},
};
use tower_service::Service;

/// What hyper's HTTP/1 keeps of an exchange: both on the heap, so that nothing
/// of the one can be seen through while the other is compiled.
pub(crate) struct Connection<F, B> {
    in_flight: Pin<Box<Option<F>>>,
    body: Pin<Box<Option<B>>>,
}

impl<F, B> Connection<F, B> {
    pub(crate) fn new() -> Self {
        Self {
            in_flight: Box::pin(None),
            body: Box::pin(None),
        }
    }
}

pub(crate) fn run_requests<S, B>(service: &mut S, requests: u64, has_id: bool)
where
    S: Service<Request<axum::body::Body>, Response = Response<B>>,
    B: Body,
{
    let mut connection = Connection::new();
    for _ in 0..requests {
        let request = black_box(request(has_id));
        black_box(serve_as_hyper(service, &mut connection, request));
    }
}

/// One request. Not inlined, for callgrind counts below this name.
#[inline(never)]
pub(crate) fn serve_as_hyper<S, B>(
    service: &mut S,
    connection: &mut Connection<S::Future, B>,
    request: Request<axum::body::Body>,
) -> (u16, usize)
where
    S: Service<Request<axum::body::Body>, Response = Response<B>>,
    B: Body,
{
    let mut cx = Context::from_waker(Waker::noop());
    let is_ready = service.poll_ready(&mut cx).is_ready();
    let in_flight = &mut connection.in_flight;
    in_flight.set(Some(service.call(request)));
    let polled = in_flight.as_mut().as_pin_mut().map(|it| it.poll(&mut cx));
    let Some(Poll::Ready(Ok(response))) = polled else {
        panic!("no answer from a service that is ready: {is_ready}");
    };
    in_flight.set(None);
    let (parts, body) = response.into_parts();
    let mut frames = 0;
    if !body.is_end_stream() {
        black_box(body.size_hint());
        connection.body.set(Some(body));
        frames = read(connection.body.as_mut(), &mut cx);
        connection.body.set(None);
    }
    (parts.status.as_u16(), frames)
}

#[inline(always)]
fn read<B: Body>(body: Pin<&mut Option<B>>, cx: &mut Context<'_>) -> usize {
    let mut frames = 0;
    let Some(mut body) = body.as_pin_mut() else {
        return frames;
    };
    while let Poll::Ready(Some(Ok(frame))) = body.as_mut().poll_frame(cx) {
        black_box(frame.data_ref().is_some());
        frames += 1;
        if body.is_end_stream() {
            break;
        }
    }
    frames
}
