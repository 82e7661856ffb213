use super::run_requests;
use crate::{
    job::Job,
    subject::{Visit, request},
};
use buttress_benches::alloc::{Counts, measure};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

/// Counts what so many requests allocate once pools are warm.
pub(super) struct Allocations(pub(super) u64);

impl Visit for Allocations {
    type Output = Counts;

    fn visit<S, B>(self, mut service: S, job: &Job) -> Counts
    where
        S: Service<Request<()>, Response = Response<B>>,
        B: Body<Data = Bytes>,
    {
        let prepare = |count| (0..count).map(|_| request(job)).collect::<Vec<_>>();
        run_requests(&mut service, prepare(16));
        let requests = prepare(self.0);
        measure(|| run_requests(&mut service, requests)).1
    }
}
