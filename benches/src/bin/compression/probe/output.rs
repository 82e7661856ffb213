use crate::{
    job::Job,
    subject::{Visit, call, request},
};
use buttress_benches::{Result, spin};
use bytes::Bytes;
use http::{Request, Response, header::CONTENT_ENCODING};
use http_body::Body;
use std::{future::poll_fn, pin::pin};
use tokio::runtime::Runtime;
use tower_service::Service;

/// The length of the encoded body, once it was seen to be right.
pub(super) struct Output<'a> {
    /// Without one, pauses are not waited for.
    pub(super) runtime: Option<&'a Runtime>,
}

impl Visit for Output<'_> {
    type Output = Result<u64>;

    fn visit<S, B>(self, mut service: S, job: &Job) -> Result<u64>
    where
        S: Service<Request<()>, Response = Response<B>>,
        B: Body<Data = Bytes>,
    {
        let received = receive(&mut service, request(job));
        let (encoding, body) = match self.runtime {
            Some(runtime) => runtime.block_on(received),
            None => spin::block_on(received),
        };
        let decoded = buttress_testing::decode::decode(&encoding, &body)?;
        if decoded != job.sample.bytes() {
            return Err(format!("{job}: decodes to something else").into());
        }
        Ok(body.len() as u64)
    }
}

/// The content coding and the body as it would be sent.
async fn receive<S, B>(service: &mut S, request: Request<()>) -> (String, Vec<u8>)
where
    S: Service<Request<()>, Response = Response<B>>,
    B: Body<Data = Bytes>,
{
    let response = call(service, request).await;
    let encoding = response.headers().get(CONTENT_ENCODING);
    let encoding = encoding.map_or("identity", |value| value.to_str().unwrap_or("?"));
    let (encoding, mut bytes) = (encoding.to_owned(), Vec::new());
    let mut body = pin!(response.into_body());
    while let Some(Ok(frame)) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        if let Ok(data) = frame.into_data() {
            bytes.extend_from_slice(&data);
        }
    }
    (encoding, bytes)
}
