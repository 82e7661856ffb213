use crate::{
    job::Job,
    subject::{Visit, exchange, request},
};
use buttress_benches::{clock::process_cpu, spin};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use std::hint::black_box;
use tower_service::Service;

/// Times so many requests, after as many as warm up pools and caches.
pub(super) struct Cpu(pub(super) u64);

impl Visit for Cpu {
    type Output = u64;

    fn visit<S, B>(self, mut service: S, job: &Job) -> u64
    where
        S: Service<Request<()>, Response = Response<B>>,
        B: Body<Data = Bytes>,
    {
        let prepare = |count| (0..count).map(|_| request(job)).collect::<Vec<_>>();
        run_requests(&mut service, prepare((self.0 / 8).clamp(2, 64)));
        let requests = prepare(self.0);
        let start = process_cpu();
        run_requests(&mut service, requests);
        process_cpu() - start
    }
}

/// Callgrind counts what happens in here, by its name.
#[inline(never)]
pub(super) fn run_requests<S, B>(service: &mut S, requests: Vec<Request<()>>)
where
    S: Service<Request<()>, Response = Response<B>>,
    B: Body<Data = Bytes>,
{
    for request in requests {
        spin::block_on(exchange(service, request, |data| {
            black_box(data);
        }));
    }
}
