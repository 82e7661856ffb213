use crate::{
    job::Job,
    subject::{Visit, call, request},
};
use buttress_benches::{alloc::measure, spin};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
};
use tower_service::Service;

/// Streams that are opened before and while counting: what they share, such as
/// the list of a pool, is there by then.
const STREAMS: u64 = 8;

/// The bytes that one more open stream takes, once it sent what it was given.
pub(super) struct Memory;

impl Visit for Memory {
    type Output = u64;

    fn visit<S, B>(self, mut service: S, job: &Job) -> u64
    where
        S: Service<Request<()>, Response = Response<B>>,
        B: Body<Data = Bytes>,
    {
        let mut open = Vec::with_capacity(2 * STREAMS as usize);
        for _ in 0..STREAMS {
            open.push(opened(&mut service, job));
        }
        let requests: Vec<_> = (0..STREAMS).map(|_| request(job)).collect();
        let ((), counts) = measure(|| {
            for request in requests {
                open.push(opened_by(&mut service, request));
            }
        });
        counts.live.max(0) as u64 / STREAMS
    }
}

fn opened<S, B>(service: &mut S, job: &Job) -> Pin<Box<B>>
where
    S: Service<Request<()>, Response = Response<B>>,
    B: Body<Data = Bytes>,
{
    opened_by(service, request(job))
}

/// A body that has given all it can and waits for more input.
fn opened_by<S, B>(service: &mut S, request: Request<()>) -> Pin<Box<B>>
where
    S: Service<Request<()>, Response = Response<B>>,
    B: Body<Data = Bytes>,
{
    let mut body = Box::pin(spin::block_on(call(service, request)).into_body());
    let mut context = Context::from_waker(Waker::noop());
    let mut sent = 0;
    // The source never wakes anybody, so a few polls in vain mean that it waits.
    for _ in 0..8 {
        while let Poll::Ready(frame) = body.as_mut().poll_frame(&mut context) {
            let Some(Ok(frame)) = frame else {
                panic!("the stream is not open")
            };
            sent += frame.into_data().map_or(0, |data| data.len());
        }
    }
    assert!(sent > 100, "300 bytes were not flushed: {sent} came out");
    body
}
