//! What is for one connection only (RFC 9110 §7.6.1).

use super::seen::Seen;
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{CONNECTION, HOST, TE, TRANSFER_ENCODING, UPGRADE, VIA},
};

use super::forwarded;

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
/// Which layers around us may have put there: no client takes it out again.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Removes them. `Trailer` stays, since trailers are passed on, and so does a TE
/// that says `trailers`.
pub(crate) fn strip(headers: &mut HeaderMap, seen: Seen) {
    if !seen.has(Seen::HOP_BY_HOP) {
        return;
    }
    let takes_trailers = seen.has(Seen::TE) && takes_trailers(headers);
    if seen.has(Seen::CONNECTION) {
        remove_listed(headers);
    }
    for (field, name) in [
        (Seen::TRANSFER_ENCODING, TRANSFER_ENCODING),
        (Seen::UPGRADE, UPGRADE),
        (Seen::KEEP_ALIVE, KEEP_ALIVE),
        (Seen::PROXY_CONNECTION, PROXY_CONNECTION),
        (Seen::TE, TE),
    ] {
        if seen.has(field) {
            headers.remove(name);
        }
    }
    if takes_trailers {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
}

/// Removes from a request's trailers what the proxy says in its head, or what is for one
/// hop: an upstream that merges the two would believe the client.
pub(crate) fn strip_trailers(trailers: &mut HeaderMap) {
    remove_listed(trailers);
    forwarded::remove(trailers);
    for name in [HOST, TE, TRANSFER_ENCODING, UPGRADE, VIA, KEEP_ALIVE] {
        trailers.remove(name);
    }
    trailers.remove(PROXY_CONNECTION);
    trailers.remove(REQUEST_ID);
}

/// Removes `Connection` and what it lists, but for what a request cannot do
/// without.
fn remove_listed(headers: &mut HeaderMap) {
    let listed: Vec<HeaderName> = members(headers, &CONNECTION)
        .filter_map(|name| HeaderName::from_bytes(name).ok())
        .filter(|name| *name != HOST && *name != REQUEST_ID)
        .collect();
    // Most have none, and that allocates nothing.
    for name in listed {
        headers.remove(name);
    }
    headers.remove(CONNECTION);
}

/// The members of a list, over all lines of a field.
pub(crate) fn members<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> impl Iterator<Item = &'a [u8]> {
    headers
        .get_all(name)
        .into_iter()
        .flat_map(|line| line.as_bytes().split(|&byte| byte == b','))
        .map(<[u8]>::trim_ascii)
}

/// Whether trailers reach whoever sent the message (RFC 9110 §6.5.1).
fn takes_trailers(headers: &HeaderMap) -> bool {
    members(headers, &TE).any(|member| {
        // A weight may stand behind it, which means nothing there.
        let name = member.split(|&byte| byte == b';').next();
        name.is_some_and(|name| name.trim_ascii().eq_ignore_ascii_case(b"trailers"))
    })
}
