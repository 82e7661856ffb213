//! What requests cost in memory, counted by the allocator.
#![cfg(all(
    feature = "gzip",
    feature = "deflate",
    feature = "br",
    feature = "zstd"
))]

mod request_support;

use buttress_compression::{RequestBody, RequestDecompressionLayer};
use buttress_testing::{
    ScriptedBody,
    alloc::{CountingAllocator, measure},
    service,
};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use request_support::{ALL, bomb, encode, request, unlimited};
use std::{
    convert::Infallible,
    future::ready,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};
use tower::{Layer, Service};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

type In = Request<Full<Bytes>>;
type Inner = Request<RequestBody<Full<Bytes>>>;

fn poll_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it had to wait"),
    }
}

/// How often a call that hands `request` on allocates, its body read to the end.
fn allocations(layer: &RequestDecompressionLayer, request: In) -> usize {
    let mut service = layer.layer(service::service_fn(|request: Inner| {
        let mut body = request.into_body();
        while let Poll::Ready(Some(frame)) =
            Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop()))
        {
            assert!(frame.is_ok());
        }
        ready(Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())))
    }));
    let (response, counts) = measure(|| poll_once(service.call(request)));
    let Ok(response) = response;
    assert_eq!(response.status(), 200);
    counts.allocations
}

#[test]
fn a_request_that_passes_allocates_nothing() {
    let body = || Full::from("as it is");
    let on = RequestDecompressionLayer::new();
    assert_eq!(allocations(&on, Request::new(body())), 0);
    assert_eq!(allocations(&on, request("identity", body())), 0);
    let off = on.clone().enabled(false);
    assert_eq!(allocations(&off, request("gzip", body())), 0);
    // And one that does not is seen by the count.
    let gzip = Full::from(encode(ALL[2], b"hello"));
    assert!(allocations(&on, request(ALL[2].as_str(), gzip)) > 0);
}

#[test]
fn reading_64_mib_of_zeros_takes_the_window_and_little_else() {
    for encoding in ALL {
        let source = ScriptedBody::new().data(bomb(encoding, 64 << 20));
        let (sender, receiver) = std::sync::mpsc::channel();
        let mut service = unlimited().layer(service::service_fn(
            move |request: Request<RequestBody<ScriptedBody>>| {
                sender.send(request.into_body()).expect("nobody waits");
                ready(Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())))
            },
        ));
        let Ok(_) = poll_once(service.call(request(encoding.as_str(), source)));
        let mut body = receiver.recv().expect("no body was sent");
        let (mut decoded, mut live, mut most) = (0, 0, 0);
        loop {
            let mut context = Context::from_waker(Waker::noop());
            let (polled, counts) = measure(|| Pin::new(&mut body).poll_frame(&mut context));
            live += counts.live();
            most = most.max(live);
            match polled {
                Poll::Ready(None) => break,
                Poll::Ready(Some(frame)) => {
                    let data = frame.unwrap().into_data().unwrap();
                    decoded += data.len();
                    live -= measure(|| drop(data)).1.freed as isize;
                }
                Poll::Pending => {}
            }
        }
        assert_eq!(decoded, 64 << 20);
        // 4 MiB is the window that the br encoder asks for, and it is grown
        // by copying. The window of zstd is C's and not in the count; what
        // bounds it is tested with the limits.
        assert!(most < 9 << 20, "{encoding} held {most} bytes");
    }
}
