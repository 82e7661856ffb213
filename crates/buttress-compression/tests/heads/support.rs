//! Requests, responses and one exchange of them through the layer.

use buttress_compression::{CompressionLayer, Encoding};
use buttress_testing::{ReadyChecked, ScriptedBody, collect, corpus, decode, service};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode,
    header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, VARY},
    response::Parts,
};
use std::sync::LazyLock;
use tower::{Layer, ServiceExt};

pub(crate) const CODINGS: [Encoding; 4] = Encoding::PREFERENCE;

/// A client that takes every coding.
pub(crate) const ANY: &str = "gzip, deflate, br, zstd";

/// 8 KiB of HTML: eligible in every respect.
pub(crate) fn page() -> Bytes {
    static PAGE: LazyLock<Bytes> = LazyLock::new(|| corpus::html(8 << 10).into());
    PAGE.clone()
}

/// A `GET` with this `Accept-Encoding`.
pub(crate) fn get(accept: &str) -> Request<()> {
    request(Method::GET, &[("accept-encoding", accept)])
}

/// A `GET` with one line of `Accept-Encoding` for each item.
pub(crate) fn get_lines(lines: &[Vec<u8>]) -> Request<()> {
    let mut request = Request::new(());
    for line in lines {
        let value = HeaderValue::from_bytes(line).unwrap();
        request.headers_mut().append(ACCEPT_ENCODING, value);
    }
    request
}

pub(crate) fn request(method: Method, fields: &[(&'static str, &str)]) -> Request<()> {
    let mut request = Request::new(());
    *request.method_mut() = method;
    append(request.headers_mut(), fields);
    request
}

fn append(headers: &mut HeaderMap, fields: &[(&'static str, &str)]) {
    for &(name, value) in fields {
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        headers.append(HeaderName::from_static(name), value);
    }
}

/// What is known of a body before it is polled, and when it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// One frame, its length known, as handlers mostly answer.
    Sized,
    /// One frame, its length unknown until the end.
    Unsized,
    /// Two frames with a pause between them.
    Streamed,
}

impl Arrival {
    pub(crate) const ALL: [Self; 3] = [Self::Sized, Self::Unsized, Self::Streamed];
}

/// The response of the inner service, to be made as often as it is needed.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    head: Response<()>,
    pub(crate) data: Bytes,
    arrival: Arrival,
}

impl Reply {
    /// A response that every client's wish is heard for.
    pub(crate) fn page() -> Self {
        Self::of("text/html; charset=utf-8", page())
    }

    pub(crate) fn of(content_type: &str, data: impl Into<Bytes>) -> Self {
        Self {
            head: Response::new(()),
            data: data.into(),
            arrival: Arrival::Sized,
        }
        .field("content-type", content_type)
    }

    /// Adds one field line.
    pub(crate) fn field(mut self, name: &'static str, value: &str) -> Self {
        append(self.head.headers_mut(), &[(name, value)]);
        self
    }

    pub(crate) fn untyped(mut self) -> Self {
        self.head.headers_mut().remove(CONTENT_TYPE);
        self
    }

    pub(crate) fn status(mut self, status: u16) -> Self {
        *self.head.status_mut() = StatusCode::from_u16(status).unwrap();
        self
    }

    pub(crate) fn arrival(mut self, arrival: Arrival) -> Self {
        self.arrival = arrival;
        self
    }

    pub(crate) fn extension<T: Clone + Send + Sync + 'static>(mut self, extension: T) -> Self {
        self.head.extensions_mut().insert(extension);
        self
    }

    pub(crate) fn version(mut self, version: http::Version) -> Self {
        *self.head.version_mut() = version;
        self
    }

    pub(crate) fn response(&self) -> Response<ScriptedBody> {
        let (first, rest) = self.data.split_at(self.data.len() / 2);
        let body = match self.arrival {
            Arrival::Sized => whole(&self.data).exact_size().knows_its_end(),
            Arrival::Unsized => whole(&self.data),
            Arrival::Streamed => ScriptedBody::new()
                .data(first.to_vec())
                .pause()
                .data(rest.to_vec()),
        };
        self.head.clone().map(|()| body)
    }
}

fn whole(data: &Bytes) -> ScriptedBody {
    if data.is_empty() {
        ScriptedBody::new()
    } else {
        ScriptedBody::new().data(data.clone())
    }
}

/// What came through the layer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) head: Parts,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The coding on the body, `identity` where no field says otherwise.
    pub(crate) fn coding(&self) -> &str {
        self.header("content-encoding").unwrap_or("identity")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let value = self.head.headers.get(name)?;
        Some(value.to_str().unwrap())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.head.headers.contains_key(name)
    }

    pub(crate) fn etag(&self) -> Option<&str> {
        self.header(ETAG.as_str())
    }

    /// How often `Vary` names `Accept-Encoding`, over all its lines.
    pub(crate) fn vary_count(&self) -> usize {
        let lines = self.head.headers.get_all(VARY).iter();
        lines
            .flat_map(|line| line.to_str().unwrap().split(','))
            .filter(|name| name.trim().eq_ignore_ascii_case("accept-encoding"))
            .count()
    }

    pub(crate) fn varies(&self) -> bool {
        self.vary_count() > 0
    }

    /// The body in clear, by a decoder that is not ours.
    pub(crate) fn decoded(&self) -> Vec<u8> {
        decode::decode(self.coding(), &self.body).unwrap()
    }

    #[track_caller]
    pub(crate) fn assert_untouched(&self, reply: &Reply) {
        assert_eq!(self.head.status, reply.head.status());
        assert_eq!(self.head.version, reply.head.version());
        assert_eq!(&self.head.headers, reply.head.headers());
        assert_eq!(self.body, reply.data);
    }

    #[track_caller]
    pub(crate) fn assert_encoded(&self, encoding: Encoding, reply: &Reply) {
        assert_eq!(self.coding(), encoding.as_str());
        assert_eq!(self.decoded(), reply.data);
        assert!(self.varies());
    }
}

/// Sends `request` through `layer` to a service that answers with `reply`.
pub(crate) async fn ask(layer: &CompressionLayer, request: Request<()>, reply: &Reply) -> Answer {
    let is_head = request.method() == Method::HEAD;
    let handler = ReadyChecked::new(service::respond(|_: Request<()>| reply.response()));
    let response = layer.layer(handler).oneshot(request).await.unwrap();
    receive(response, is_head).await
}

/// Reads `response` to its end, and holds its length against its head.
pub(crate) async fn receive<B>(response: Response<B>, is_head: bool) -> Answer
where
    B: http_body::Body<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    let (head, body) = response.into_parts();
    // A server does not poll the body of an answer to HEAD.
    let body = if is_head {
        Bytes::new()
    } else {
        collect(body).await.complete()
    };
    let codings = head.headers.get_all(CONTENT_ENCODING).iter().count();
    assert!(codings <= 1, "{head:?}");
    if let Some(length) = head.headers.get(CONTENT_LENGTH) {
        let length: usize = length.to_str().unwrap().parse().unwrap();
        assert!(is_head || length == body.len(), "{length} is not true");
    }
    Answer { head, body }
}
