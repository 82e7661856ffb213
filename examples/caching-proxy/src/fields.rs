//! Header fields that end at each hop, and the one that each hop adds to.

use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Version,
    header::{
        CONNECTION, CONTENT_LENGTH, HOST, InvalidHeaderValue, TE, TRANSFER_ENCODING, UPGRADE, VIA,
    },
    uri::Authority,
};

/// Makes the fields of a request those that the upstream gets, before the cache
/// reads them.
///
/// The cache tells requests apart by what it reads. Were a field taken out behind
/// it, because `Connection` lists it, a client could have the response to a request
/// without `Accept-Language` stored for all that send `Accept-Language: de`.
pub(crate) fn settle<B>(request: &mut Request<B>) -> Result<(), InvalidHeaderValue> {
    let takes_trailers = takes_trailers(request.headers());
    let authority = request.uri().authority().map(Authority::as_str);
    // An authority in the target stands above Host (RFC 9112 §3.2.2).
    let host = authority.map(HeaderValue::from_str).transpose()?;
    let headers = request.headers_mut();
    strip(headers);
    if let Some(host) = host {
        headers.insert(HOST, host);
    }
    if takes_trailers {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
    Ok(())
}

/// Removes what is for this connection alone (RFC 9110 §7.6.1). `Trailer` stays,
/// since trailers are passed on, and `Host` even if `Connection` lists it.
pub(crate) fn strip(headers: &mut HeaderMap) {
    if headers.contains_key(TRANSFER_ENCODING) {
        // It stands above a length, which may be another one (RFC 9112 §6.3).
        headers.remove(CONTENT_LENGTH);
    }
    let listed: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .into_iter()
        .flat_map(|line| line.as_bytes().split(|&byte| byte == b','))
        .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
        .filter(|name| *name != HOST)
        .collect();
    let single_hop = [CONNECTION, TE, TRANSFER_ENCODING, UPGRADE];
    for name in listed.into_iter().chain(single_hop) {
        headers.remove(name);
    }
    for name in ["keep-alive", "proxy-connection"] {
        headers.remove(name);
    }
}

/// Whether trailers reach whoever sent the message (RFC 9110 §6.5.1).
fn takes_trailers(headers: &HeaderMap) -> bool {
    headers
        .get_all(TE)
        .into_iter()
        .flat_map(|line| line.as_bytes().split(|&byte| byte == b','))
        .any(|member| member.trim_ascii().eq_ignore_ascii_case(b"trailers"))
}

/// Adds this proxy to `Via` (RFC 9110 §7.6.3), with the version in which the
/// message came.
pub(crate) fn add_via(headers: &mut HeaderMap, version: Version) {
    let via = match version {
        Version::HTTP_2 => "2 caching-proxy",
        Version::HTTP_10 => "1.0 caching-proxy",
        _ => "1.1 caching-proxy",
    };
    headers.append(VIA, HeaderValue::from_static(via));
}
