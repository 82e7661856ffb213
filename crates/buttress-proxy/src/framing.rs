//! How the length of a message is told: anything that two readers could read
//! differently is refused (RFC 9112 §6.3).

use crate::{
    error::{Error, Kind},
    headers::seen::Seen,
};
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version,
    header::{CONTENT_LENGTH, TRANSFER_ENCODING},
};
use http_body::Body;

/// Checks a request, and makes its fields say what its body is.
///
/// A server has read these fields once. What stands there now may be older than
/// the body, for layers have been here since; and hyper's client believes fields
/// more than bodies.
pub(crate) fn settle_request<B: Body>(request: &mut Request<B>, seen: Seen) -> Result<(), Error> {
    let is_chunked = seen.has(Seen::TRANSFER_ENCODING);
    if is_chunked {
        check_transfer_encoding(request.headers()).map_err(|()| Error::new(Kind::Coding))?;
    }
    let is_empty = request.body().is_end_stream();
    let told = match seen.has(Seen::CONTENT_LENGTH) {
        true => length(request.headers()).map_err(refused)?,
        false => None,
    };
    if let Some(told) = told.filter(|_| !is_plain_length(request.headers())) {
        // However often, and with however many zeros, it was said.
        request.headers_mut().insert(CONTENT_LENGTH, told.into());
    }
    match (told, request.body().size_hint().exact(), is_empty) {
        (Some(_), ..) if is_chunked => Err(refused("Content-Length beside Transfer-Encoding")),
        (Some(0) | None, _, true) => Ok(()),
        (Some(_), _, true) => Err(refused("Content-Length of a body that is empty")),
        (Some(told), Some(size), false) if told != size => {
            Err(refused("Content-Length is not that of the body"))
        }
        // hyper holds a body of unknown size to the length that was told.
        (Some(_), ..) => Ok(()),
        (None, Some(size), false) => {
            request.headers_mut().insert(CONTENT_LENGTH, size.into());
            Ok(())
        }
        (None, None, false) => Ok(()),
    }
}

/// Says `chunked` where the length is not known. hyper would leave out the body of
/// a GET otherwise.
pub(crate) fn chunk<B: Body>(request: &mut Request<B>) {
    let is_known = request.body().is_end_stream() || request.headers().contains_key(CONTENT_LENGTH);
    if !is_known && *request.method() != Method::CONNECT {
        let chunked = HeaderValue::from_static("chunked");
        request.headers_mut().insert(TRANSFER_ENCODING, chunked);
    }
}

/// Checks a response, and removes what must not go on. `true` if its connection must not
/// be used again.
pub(crate) fn settle_response<B>(response: &mut Response<B>, seen: Seen) -> Result<bool, Error> {
    let status = response.status();
    let mut is_ambiguous = false;
    let is_http1 = response.version() < Version::HTTP_2;
    let headers = response.headers_mut();
    if is_http1 && seen.has(Seen::TRANSFER_ENCODING) {
        check_transfer_encoding(headers)
            .map_err(|()| broken("a transfer coding other than chunked"))?;
        // RFC 9112 §6.3: the chunks count. Where others may have counted the length,
        // what follows on the connection is not to be trusted.
        is_ambiguous = headers.remove(CONTENT_LENGTH).is_some();
    }
    if !seen.has(Seen::CONTENT_LENGTH) {
        return Ok(is_ambiguous);
    }
    let told = length(headers).map_err(broken)?;
    if status == StatusCode::NO_CONTENT || status.is_informational() {
        // RFC 9110 §8.6: it must not be there.
        headers.remove(CONTENT_LENGTH);
    } else if let Some(told) = told.filter(|_| !is_plain_length(headers)) {
        // However often it was said.
        headers.insert(CONTENT_LENGTH, told.into());
    }
    Ok(is_ambiguous)
}

/// Whether it is said once, in as few digits as it takes: as it goes on.
fn is_plain_length(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(CONTENT_LENGTH).iter();
    match (lines.next(), lines.next()) {
        (Some(line), None) => {
            let line = line.as_bytes();
            line.iter().all(u8::is_ascii_digit) && (line.len() == 1 || line[0] != b'0')
        }
        _ => false,
    }
}

/// Only `chunked`, and once: nothing else is decoded on the way.
fn check_transfer_encoding(headers: &HeaderMap) -> Result<(), ()> {
    let mut lines = headers.get_all(TRANSFER_ENCODING).iter();
    match (lines.next(), lines.next()) {
        (None, _) => Ok(()),
        (Some(line), None) if line.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(()),
        _ => Err(()),
    }
}

/// The length that all lines agree on.
fn length(headers: &HeaderMap) -> Result<Option<u64>, &'static str> {
    let mut agreed = None;
    for line in headers.get_all(CONTENT_LENGTH) {
        for member in line.as_bytes().split(|&byte| byte == b',') {
            let length = number(member.trim_ascii()).ok_or("Content-Length is no number")?;
            if agreed.is_some_and(|agreed| agreed != length) {
                return Err("two values of Content-Length");
            }
            agreed = Some(length);
        }
    }
    Ok(agreed)
}

/// Digits alone: `parse` would take a sign.
fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn refused(why: &'static str) -> Error {
    Error::because(Kind::Refused, why)
}

fn broken(why: &'static str) -> Error {
    Error::because(Kind::Protocol, why)
}
