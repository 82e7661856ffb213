use crate::{
    job::Job,
    subject::{Visit, request},
};
use buttress_benches::clock::thread_cpu;
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::{Context, Poll, Waker},
};
use tower_service::Service;

/// Times each poll of one request, of its future and its body alike, after one
/// that warms up.
pub(super) struct Polls;

impl Visit for Polls {
    type Output = Vec<u64>;

    fn visit<S, B>(self, mut service: S, job: &Job) -> Vec<u64>
    where
        S: Service<Request<()>, Response = Response<B>>,
        B: Body<Data = Bytes>,
    {
        time_polls(&mut service, request(job));
        time_polls(&mut service, request(job))
    }
}

fn time_polls<S, B>(service: &mut S, request: Request<()>) -> Vec<u64>
where
    S: Service<Request<()>, Response = Response<B>>,
    B: Body<Data = Bytes>,
{
    let mut times = Vec::new();
    let ready = drive(poll_fn(|cx| service.poll_ready(cx)), &mut times);
    assert!(ready.is_ok(), "the service is not ready");
    let Ok(response) = drive(service.call(request), &mut times) else {
        panic!("the service failed")
    };
    let mut body = pin!(response.into_body());
    loop {
        let frame = poll_fn(|cx| body.as_mut().poll_frame(cx));
        match drive(frame, &mut times) {
            Some(Ok(_)) => {}
            Some(Err(_)) => panic!("the body failed"),
            None => return times,
        }
    }
}

fn drive<F: Future>(future: F, times: &mut Vec<u64>) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        let start = thread_cpu();
        let poll = future.as_mut().poll(&mut context);
        times.push(thread_cpu() - start);
        if let Poll::Ready(output) = poll {
            return output;
        }
    }
}
