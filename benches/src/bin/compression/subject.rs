//! The layers that are compared, around one and the same service.

use crate::{
    job::{Job, Subject},
    origin::Origin,
};
use buttress_compression::{CompressionLayer, Flush, Level};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header::ACCEPT_ENCODING};
use http_body::Body;
use std::{
    future::poll_fn,
    pin::{Pin, pin},
};
use tower_layer::Layer;
use tower_service::Service;

/// Something to do with any of the services.
pub(crate) trait Visit {
    type Output;

    fn visit<S, B>(self, service: S, job: &Job) -> Self::Output
    where
        S: Service<Request<()>, Response = Response<B>>,
        B: Body<Data = Bytes>;
}

/// Makes the service of the job new, and does that with it.
pub(crate) fn with_service<V: Visit>(job: &Job, visit: V) -> V::Output {
    let origin = Origin::new(job);
    match job.subject {
        Subject::Bare => visit.visit(origin, job),
        Subject::TowerHttp => visit.visit(tower_http().layer(origin), job),
        _ => visit.visit(ours(job).layer(origin), job),
    }
}

pub(crate) fn tower_http() -> tower_http::compression::CompressionLayer {
    tower_http::compression::CompressionLayer::new()
}

pub(crate) fn ours(job: &Job) -> CompressionLayer {
    let layer = CompressionLayer::new();
    let Some((encoding, level)) = job.encoding_and_level() else {
        return layer;
    };
    let equal = layer
        .clone()
        .min_size(0)
        .level(encoding, Level::Exact(level));
    match job.subject {
        Subject::Ours => equal,
        Subject::OursEveryFrame => equal.flush(Flush::EveryFrame),
        Subject::OursNever => equal.flush(Flush::Never),
        Subject::OursByDefault | Subject::TowerHttp | Subject::Bare => layer,
    }
}

pub(crate) fn request(job: &Job) -> Request<()> {
    let mut request = Request::new(());
    if let Some(token) = job.coding.token() {
        let token = HeaderValue::from_static(token);
        request.headers_mut().insert(ACCEPT_ENCODING, token);
    }
    request
}

/// Sends a request and reads the response to its end; `take` gets the data.
pub(crate) async fn exchange<S, B>(
    service: &mut S,
    request: Request<()>,
    mut take: impl FnMut(&[u8]),
) where
    S: Service<Request<()>, Response = Response<B>>,
    B: Body<Data = Bytes>,
{
    let mut body = pin!(call(service, request).await.into_body());
    while let Some(data) = next_data(body.as_mut()).await {
        take(&data);
    }
}

/// A subject that fails ends the bench: there is nothing to measure then.
pub(crate) async fn call<S, B>(service: &mut S, request: Request<()>) -> Response<B>
where
    S: Service<Request<()>, Response = Response<B>>,
{
    let ready = poll_fn(|cx| service.poll_ready(cx)).await;
    assert!(ready.is_ok(), "the service is not ready");
    let Ok(response) = service.call(request).await else {
        panic!("the service failed")
    };
    response
}

async fn next_data<B: Body<Data = Bytes>>(mut body: Pin<&mut B>) -> Option<Bytes> {
    loop {
        let frame = poll_fn(|cx| body.as_mut().poll_frame(cx)).await?;
        let Ok(frame) = frame else {
            panic!("the body failed")
        };
        if let Ok(data) = frame.into_data() {
            return Some(data);
        }
    }
}
