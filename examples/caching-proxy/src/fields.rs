//! Header fields that end at each hop, and the one that each hop adds to.

use http::{
    HeaderMap, HeaderName, HeaderValue, Version,
    header::{CONNECTION, TE, TRANSFER_ENCODING, UPGRADE, VIA},
};

/// Removes what is for this connection alone (RFC 9110 §7.6.1). `Trailer` stays,
/// since trailers are passed on.
pub(crate) fn strip(headers: &mut HeaderMap) {
    let listed: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .into_iter()
        .flat_map(|line| line.as_bytes().split(|&byte| byte == b','))
        .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
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
pub(crate) fn takes_trailers(headers: &HeaderMap) -> bool {
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
