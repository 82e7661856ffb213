//! One response through the layer, and its body polled by hand.

// Each test binary compiles this anew and uses some of it.
#![allow(dead_code)]

pub(crate) mod poller;

use buttress_compression::{BoxError, CompressionLayer, Encoding, ResponseBody};
use buttress_testing::{corpus, decode, service};
use bytes::Bytes;
use futures_util::FutureExt;
use http::{
    Request, Response,
    header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
};
use http_body::Body;
use std::{
    convert::Infallible,
    io::{self, Write},
    sync::{Arc, Mutex},
};
use tower::{Layer, Service, ServiceExt};

/// The codings of this build.
pub(crate) fn codings() -> impl Iterator<Item = Encoding> + Clone {
    Encoding::PREFERENCE
        .into_iter()
        .filter(|coding| coding.is_compiled())
}

/// Sends `response` through `layer` to a client that accepts `coding`.
pub(crate) fn answer<B>(
    layer: &CompressionLayer,
    coding: Encoding,
    response: Response<B>,
) -> Response<ResponseBody<B>>
where
    B: Body<Data = Bytes, Error: Into<BoxError>>,
{
    answer_to(layer, coding.as_str(), response)
}

/// The same with an `Accept-Encoding` of any kind. The layer never waits for
/// a body, so the response is there at once.
pub(crate) fn answer_to<B>(
    layer: &CompressionLayer,
    accept_encoding: &str,
    response: Response<B>,
) -> Response<ResponseBody<B>>
where
    B: Body<Data = Bytes, Error: Into<BoxError>>,
{
    let mut response = Some(response);
    let inner = service::respond(move |_| response.take().expect("one request"));
    let request = Request::get("/").header(ACCEPT_ENCODING, accept_encoding);
    let answered = layer.layer(inner).oneshot(request.body(()).unwrap());
    let Ok(response) = answered.now_or_never().expect("the layer waits for a body");
    response
}

/// Only the body, which must be encoded.
pub(crate) fn encoded<B>(
    layer: &CompressionLayer,
    coding: Encoding,
    response: Response<B>,
) -> ResponseBody<B>
where
    B: Body<Data = Bytes, Error: Into<BoxError>>,
{
    let response = answer(layer, coding, response);
    assert_eq!(content_coding(&response), coding.as_str());
    response.into_body()
}

/// The layer around `respond`, for a server.
pub(crate) fn service_of<R, B>(
    layer: &CompressionLayer,
    respond: impl FnMut(Request<R>) -> Response<B> + Clone + Send + 'static,
) -> impl Service<Request<R>, Response = Response<ResponseBody<B>>, Error = Infallible, Future: Send>
+ Clone
+ Send
+ 'static
where
    R: 'static,
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    layer.layer(service::respond(respond))
}

/// The same for a single request.
pub(crate) fn once<R, B>(
    layer: &CompressionLayer,
    response: Response<B>,
) -> impl Service<Request<R>, Response = Response<ResponseBody<B>>, Error = Infallible, Future: Send>
+ Clone
+ Send
+ 'static
where
    R: 'static,
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    let response = Arc::new(Mutex::new(Some(response)));
    service_of(layer, move |_| {
        let response = response.lock().unwrap().take();
        response.expect("one request")
    })
}

/// A response of type `text/html`.
pub(crate) fn html<B>(body: B) -> Response<B> {
    typed("text/html; charset=utf-8", body)
}

/// A response of type `text/event-stream`.
pub(crate) fn events<B>(body: B) -> Response<B> {
    typed("text/event-stream", body)
}

fn typed<B>(media_type: &'static str, body: B) -> Response<B> {
    let response = Response::builder().header(CONTENT_TYPE, media_type);
    response.body(body).unwrap()
}

/// `Content-Encoding`, or `identity`.
pub(crate) fn content_coding<B>(response: &Response<B>) -> &str {
    let value = response.headers().get(CONTENT_ENCODING);
    value.map_or("identity", |value| value.to_str().unwrap())
}

/// `Content-Length`, if it is there.
pub(crate) fn content_length<B>(response: &Response<B>) -> Option<usize> {
    let value = response.headers().get(CONTENT_LENGTH)?;
    Some(value.to_str().unwrap().parse().unwrap())
}

/// `len` bytes of a page.
pub(crate) fn page(len: usize) -> Bytes {
    let mut page = corpus::html(len);
    page.truncate(len);
    page.into()
}

/// What `encoded` says, by a decoder that is not ours.
pub(crate) fn decoded(coding: Encoding, encoded: &[u8]) -> Bytes {
    match decode::decode(coding.as_str(), encoded) {
        Ok(decoded) => decoded.into(),
        Err(error) => panic!("{coding} of {} bytes: {error}", encoded.len()),
    }
}

/// What can be read of it so far.
pub(crate) fn decoded_so_far(coding: Encoding, encoded: &[u8]) -> Bytes {
    let decoded = match coding {
        Encoding::Br => brotli_so_far(encoded),
        _ => decode::decode_prefix(coding.as_str(), encoded),
    };
    decoded.expect("no decoder chokes on the start").into()
}

/// The writer of the brotli crate keeps back what does not fit into its
/// buffer, and the one of `decode_prefix` is small.
fn brotli_so_far(encoded: &[u8]) -> io::Result<Vec<u8>> {
    const ROOM: usize = 4 << 20;
    let mut writer = brotli::DecompressorWriter::new(Vec::new(), ROOM);
    writer.write_all(encoded)?;
    let decoded = writer.get_ref().clone();
    assert!(decoded.len() < ROOM, "there may be more");
    Ok(decoded)
}

/// Asserts that no decoder would take it for the whole.
pub(crate) fn assert_cut_off(coding: Encoding, encoded: &[u8]) {
    let decoded = decode::decode(coding.as_str(), encoded);
    let len = encoded.len();
    assert!(decoded.is_err(), "{coding} of {len} bytes looks whole");
}

/// `assert_eq!` for bodies, which would not fit onto a page.
#[track_caller]
pub(crate) fn assert_same(actual: &[u8], expected: &[u8], what: impl std::fmt::Display) {
    let same = actual.iter().zip(expected).take_while(|(a, b)| a == b);
    let same = same.count();
    assert!(
        actual == expected,
        "{what}: {} bytes instead of {}, of which the first {same} are right",
        actual.len(),
        expected.len(),
    );
}
