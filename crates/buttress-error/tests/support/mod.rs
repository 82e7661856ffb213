//! What the tests of the layers share.
#![allow(dead_code, reason = "each test binary uses some of it")]

use buttress_error::{BoxError, ErrorLayer, Report, ResponseBody, flush_reports};
use buttress_testing::{Collected, collect};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};
use tower::{Layer, Service, ServiceExt};

/// The reports that a layer made.
#[derive(Clone, Default)]
pub(crate) struct Reports(Arc<Mutex<Vec<Report>>>);

impl Reports {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn sink(&self) -> impl Fn(&Report) + Send + Sync + 'static {
        let reports = self.clone();
        move |report| reports.0.lock().unwrap().push(report.clone())
    }

    /// All of them so far, those on their way included.
    pub(crate) fn all(&self) -> Vec<Report> {
        assert!(flush_reports(Duration::from_secs(20)));
        self.0.lock().unwrap().clone()
    }

    /// Waits until there is one.
    pub(crate) async fn first(&self) {
        while self.0.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    }

    /// The only one.
    pub(crate) fn only(&self) -> Report {
        let mut reports = self.all();
        assert_eq!(reports.len(), 1, "{reports:#?}");
        reports.remove(0)
    }
}

pub(crate) type Answer<B> = Response<ResponseBody<B>>;

/// Calls a service, in the layer, once.
pub(crate) async fn send<S, B, ReqBody>(
    layer: &ErrorLayer,
    service: S,
    request: Request<ReqBody>,
) -> Answer<B>
where
    S: Service<Request<ReqBody>, Response = Response<B>>,
    S::Error: Into<BoxError>,
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    layer.layer(service).oneshot(request).await.unwrap()
}

pub(crate) async fn read<B>(response: Answer<B>) -> Collected<BoxError>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    collect(response.into_body()).await
}

pub(crate) async fn text<B>(response: Answer<B>) -> String
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    String::from_utf8(read(response).await.complete().into()).unwrap()
}

pub(crate) async fn json<B>(response: Answer<B>) -> serde_json::Value
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    serde_json::from_str(&text(response).await).unwrap()
}

pub(crate) fn get(headers: &[(&str, &str)]) -> Request<()> {
    let mut request = Request::get("/");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap()
}

pub(crate) fn ok(text: &'static str) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::from(text)))
}

/// A handler's result that no handler here has: it panics or fails.
pub(crate) type Nothing<E = Infallible> = Result<Response<Full<Bytes>>, E>;

/// What a handler does that panics in `panic`.
pub(crate) async fn panicking(panic: impl FnOnce()) -> Nothing {
    panic();
    ok("it did not panic")
}

/// Readies a service, and calls it.
pub(crate) async fn call<S: Service<Request<()>>>(
    service: &mut S,
) -> Result<S::Response, S::Error> {
    service.ready().await?.call(get(&[])).await
}
