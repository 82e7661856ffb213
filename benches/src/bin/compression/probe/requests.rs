use super::run_requests;
use crate::{
    job::Job,
    subject::{Visit, request},
};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

/// Runs so many requests that were made before.
pub(super) struct Requests(pub(super) u64);

impl Visit for Requests {
    type Output = Vec<u64>;

    fn visit<S, B>(self, mut service: S, job: &Job) -> Vec<u64>
    where
        S: Service<Request<()>, Response = Response<B>>,
        B: Body<Data = Bytes>,
    {
        let requests = (0..self.0).map(|_| request(job)).collect();
        run_requests(&mut service, requests);
        Vec::new()
    }
}
