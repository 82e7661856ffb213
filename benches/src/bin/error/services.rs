//! What is served: requests, and services as small as they can be.

use axum::{Router, routing::get};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, Uri, header};
use http_body::{Body, Frame, SizeHint};
use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::LazyLock,
    task::{Context, Poll},
};
use tower_service::Service;

/// Where the app keeps its route.
#[derive(Clone)]
pub(crate) struct Route(pub(crate) &'static str);

/// The fields of a request. As with hyper, all of them are parts of one buffer.
const FIELDS: [(HeaderName, &str); 5] = [
    (header::HOST, "localhost:3000"),
    (
        header::USER_AGENT,
        "Mozilla/5.0 (X11; Linux x86_64) Chrome/142",
    ),
    (header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8"),
    (header::ACCEPT_ENCODING, "gzip, deflate, br, zstd"),
    (header::COOKIE, "session=0123456789abcdef"),
];
const ID: &str = "0af7651916cd43dd8448eb211c80319c";

pub(crate) fn request(has_id: bool) -> Request<axum::body::Body> {
    static BUFFER: LazyLock<Bytes> = LazyLock::new(|| {
        let values = FIELDS.iter().map(|(_, value)| *value).chain([ID]);
        Bytes::from(values.collect::<String>())
    });
    let mut request = Request::new(axum::body::Body::empty());
    *request.uri_mut() = Uri::from_static("/hello");
    request.extensions_mut().insert(Route("/hello"));
    let last = if has_id {
        "x-request-id"
    } else {
        "x-other-name"
    };
    let last = (HeaderName::from_static(last), ID);
    let mut start = 0;
    for (name, value) in FIELDS.into_iter().chain([last]) {
        let end = start + value.len();
        let value = HeaderValue::from_maybe_shared(BUFFER.slice(start..end));
        request
            .headers_mut()
            .insert(name, value.expect("a valid value"));
        start = end;
    }
    request
}

pub(crate) fn router() -> Router {
    Router::new().route("/hello", get(|| async { "Hello, World!" }))
}

/// A service of its own, as small as one can be that has a future and a body.
#[derive(Clone)]
pub(crate) struct Hello;

impl<ReqBody> Service<Request<ReqBody>> for Hello {
    type Response = Response<Whole>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<ReqBody>) -> Answer {
        Answer(Some(Bytes::from_static(b"Hello, World!")))
    }
}

pub(crate) struct Answer(Option<Bytes>);

impl Future for Answer {
    type Output = std::result::Result<Response<Whole>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Ok(Response::new(Whole(self.0.take()))))
    }
}

/// As http-body-util's `Full`.
pub(crate) struct Whole(Option<Bytes>);

impl Body for Whole {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let len = self.0.as_ref().map_or(0, |data| data.len());
        SizeHint::with_exact(len as u64)
    }
}

/// Which of the failures a request asks for.
#[derive(Clone, Copy)]
pub(crate) struct Wanted(pub(crate) usize);

#[derive(Clone)]
pub(crate) struct Failing;

impl<ReqBody> Service<Request<ReqBody>> for Failing {
    type Response = Response<Whole>;
    type Error = std::num::ParseIntError;
    type Future = std::future::Ready<std::result::Result<Response<Whole>, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        match request.extensions().get() {
            Some(Wanted(0)) => {}
            Some(Wanted(1)) => {
                return std::future::ready("x".parse::<u8>().map(|_| Response::new(Whole(None))));
            }
            _ => panic!("as asked"),
        }
        std::future::ready(Ok(Response::new(Whole(Some(Bytes::from_static(b"Hello"))))))
    }
}
