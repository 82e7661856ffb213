//! Which fields of a response an error must not keep.

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{
        ACCEPT_RANGES, AGE, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE,
        CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_RANGE, CONTENT_TYPE, ETAG, EXPIRES,
        LAST_MODIFIED, PRAGMA, SET_COOKIE, TRAILER, TRANSFER_ENCODING,
    },
};

/// They describe a body that is no longer there.
const OF_THE_BODY: [HeaderName; 17] = [
    ACCEPT_RANGES,
    CONTENT_DISPOSITION,
    CONTENT_ENCODING,
    CONTENT_LANGUAGE,
    CONTENT_LENGTH,
    CONTENT_LOCATION,
    CONTENT_RANGE,
    CONTENT_TYPE,
    ETAG,
    LAST_MODIFIED,
    TRAILER,
    TRANSFER_ENCODING,
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("repr-digest"),
    HeaderName::from_static("x-accel-buffering"),
];

/// They let a cache, or a later conditional request, take the failure for the
/// resource. RFC 9213 has the fields for some caches only.
const OF_CACHES: [HeaderName; 7] = [
    AGE,
    ETAG,
    EXPIRES,
    LAST_MODIFIED,
    PRAGMA,
    HeaderName::from_static("cdn-cache-control"),
    HeaderName::from_static("surrogate-control"),
];

/// What becomes of the cookies of a failed response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookies {
    /// The handler finished, and what the cookies tell has been done.
    Keep,
    /// The handler itself failed: what they would tell may not have happened.
    Drop,
}

/// Takes away what describes the body, for a body that is replaced.
pub(crate) fn strip_description(headers: &mut HeaderMap) {
    for name in &OF_THE_BODY {
        headers.remove(name);
    }
}

/// Takes away what must not go out with a 5xx, and forbids to store it. Others,
/// such as `Allow`, `WWW-Authenticate`, `Retry-After`, `Vary` and those of CORS,
/// stay.
pub(crate) fn strip_for_server_error(headers: &mut HeaderMap, cookies: Cookies) {
    for name in &OF_CACHES {
        headers.remove(name);
    }
    if cookies == Cookies::Drop {
        headers.remove(SET_COOKIE);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
}
