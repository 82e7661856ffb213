//! The origin, the client, and one request between them.

use axum::body::Body as RequestBody;
use buttress_benches::spin;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, Uri, header};
use http_body::Body;
use std::{
    convert::Infallible,
    fmt::Debug,
    future::{Ready, poll_fn, ready},
    hint::black_box,
    marker::PhantomData,
    pin::pin,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};
use tower_service::Service;

/// Answers at once with six fields and a body.
pub(crate) struct Origin<B> {
    headers: HeaderMap,
    body: Bytes,
    calls: Arc<AtomicU64>,
    kind: PhantomData<fn() -> B>,
}

impl<B> Origin<B> {
    pub(crate) fn new(directives: &'static str, size: usize) -> Self {
        let fields = [
            (header::CONTENT_TYPE, "application/json".to_owned()),
            (header::CONTENT_LENGTH, size.to_string()),
            (header::CACHE_CONTROL, directives.to_owned()),
            (header::ETAG, "\"0123456789abcdef\"".to_owned()),
            (
                header::LAST_MODIFIED,
                "Wed, 01 Jan 2025 00:00:00 GMT".to_owned(),
            ),
            (header::CONTENT_LANGUAGE, "en".to_owned()),
        ];
        let fields = fields.map(|(name, text)| {
            let value = HeaderValue::try_from(text).expect("the fields are valid");
            (name, value)
        });
        Self {
            headers: HeaderMap::from_iter(fields),
            body: Bytes::from(vec![b'x'; size]),
            calls: Arc::default(),
            kind: PhantomData,
        }
    }

    /// How often it and its clones were called.
    pub(crate) fn calls(&self) -> Arc<AtomicU64> {
        self.calls.clone()
    }

    pub(crate) fn parts(&self) -> (HeaderMap, Bytes) {
        (self.headers.clone(), self.body.clone())
    }
}

impl<B> Clone for Origin<B> {
    fn clone(&self) -> Self {
        Self {
            headers: self.headers.clone(),
            body: self.body.clone(),
            calls: self.calls.clone(),
            kind: PhantomData,
        }
    }
}

impl<B: From<Bytes>> Service<Request<RequestBody>> for Origin<B> {
    type Response = Response<B>;
    type Error = Infallible;
    type Future = Ready<Result<Response<B>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<RequestBody>) -> Self::Future {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let mut response = Response::new(B::from(self.body.clone()));
        *response.headers_mut() = self.headers.clone();
        ready(Ok(response))
    }
}

/// A request as a browser's, of which all fields are parts of one buffer, as
/// hyper makes them.
pub(crate) fn request(method: http::Method, item: u64) -> Request<RequestBody> {
    let uri = format!("/items/{item}?page=1");
    request_for(method, uri.parse().expect("the URI is valid"))
}

/// The same for a URI that was parsed before.
pub(crate) fn request_for(method: http::Method, uri: Uri) -> Request<RequestBody> {
    static FIELDS: LazyLock<Vec<(http::HeaderName, HeaderValue)>> = LazyLock::new(|| {
        let fields = [
            (header::HOST, "localhost:3000"),
            (
                header::USER_AGENT,
                "Mozilla/5.0 (X11; Linux x86_64) Chrome/142",
            ),
            (header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8"),
            (header::ACCEPT_LANGUAGE, "en,de;q=0.5"),
            (header::COOKIE, "session=0123456789abcdef"),
        ];
        let buffer: String = fields.iter().map(|(_, value)| *value).collect();
        let (buffer, mut start) = (Bytes::from(buffer), 0);
        let slice = |(name, value): (http::HeaderName, &str)| {
            let slice = buffer.slice(start..start + value.len());
            start += value.len();
            let value = HeaderValue::from_maybe_shared(slice);
            (name, value.expect("the fields are valid"))
        };
        fields.into_iter().map(slice).collect()
    });
    let mut request = Request::new(RequestBody::empty());
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    let headers = request.headers_mut();
    headers.reserve(FIELDS.len());
    for (name, value) in FIELDS.iter() {
        headers.insert(name, value.clone());
    }
    request
}

/// Sends a request, and reads the response to its end: how many bytes came.
pub(crate) fn ask<S, B>(service: &mut S, request: Request<RequestBody>) -> u64
where
    S: Service<Request<RequestBody>, Response = Response<B>>,
    S::Error: Debug,
    B: Body,
    B::Error: Debug,
{
    spin::block_on(async {
        poll_fn(|cx| service.poll_ready(cx))
            .await
            .expect("it is ready");
        let response = service.call(request).await.expect("it answers");
        let (parts, body) = response.into_parts();
        black_box(&parts);
        let mut body = pin!(body);
        let mut bytes = 0;
        while !body.is_end_stream() {
            let frame = poll_fn(|cx| body.as_mut().poll_frame(cx)).await;
            let Some(frame) = frame else { break };
            let frame = frame.expect("the body is whole");
            bytes += frame
                .data_ref()
                .map_or(0, |data| bytes::Buf::remaining(data) as u64);
        }
        bytes
    })
}
