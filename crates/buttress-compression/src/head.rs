//! Edits of a response's head.

use crate::Encoding;
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{
        ACCEPT_ENCODING, ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING, VARY,
    },
};

/// Digests of the identity form (RFC 9530 and, before it, RFC 3230 and 1864):
/// each speaks of bytes that are no longer sent. `Repr-Digest` too, since a
/// coding is part of the representation.
const DIGESTS: [HeaderName; 4] = [
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("repr-digest"),
];

/// Adds `Accept-Encoding` to `Vary`, unless a member says so already or `*`
/// says more.
pub(crate) fn vary_by_accept_encoding(headers: &mut HeaderMap) {
    let covered = headers
        .get_all(VARY)
        .iter()
        .flat_map(|line| line.as_bytes().split(|&byte| byte == b','))
        .map(<[u8]>::trim_ascii)
        .any(|name| name == b"*" || name.eq_ignore_ascii_case(b"accept-encoding"));
    if !covered {
        headers.append(VARY, HeaderValue::from_name(ACCEPT_ENCODING));
    }
}

/// The body is encoded from here on.
pub(crate) fn mark_encoded(headers: &mut HeaderMap, encoding: Encoding) {
    forget_identity_form(headers);
    headers.insert(CONTENT_ENCODING, encoding.header_value());
}

/// Removes what is true of the identity form only.
pub(crate) fn forget_identity_form(headers: &mut HeaderMap) {
    headers.remove(CONTENT_LENGTH);
    headers.remove(ACCEPT_RANGES);
    forget_digests(headers);
}

/// Of the head, or of trailers.
pub(crate) fn forget_digests(headers: &mut HeaderMap) {
    for digest in &DIGESTS {
        headers.remove(digest);
    }
}

/// Gives the length of a body that turned out complete, for it is known now.
/// With trailers there is none: hyper drops trailers beside a `Content-Length`
/// in HTTP/1. And a handler that hands on an upstream's response may have left its
/// `Transfer-Encoding: chunked` in, beside which hyper answers nothing at all.
pub(crate) fn set_length(headers: &mut HeaderMap, length: usize, has_trailers: bool) {
    if has_trailers {
        headers.remove(CONTENT_LENGTH);
    } else {
        headers.remove(TRANSFER_ENCODING);
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
}
