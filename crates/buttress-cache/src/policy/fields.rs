//! Fields that belong to one connection or one proxy (RFC 9111 §3.1, RFC 9110
//! §7.6.1): they are never stored.

use super::{directives::ResponseDirectives, syntax::tokens};
use http::{
    HeaderMap, HeaderName,
    header::{self, CONNECTION},
};

/// Fields that are dropped, listed in `Connection` or not.
static SINGLE_HOP: [HeaderName; 10] = [
    CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-authentication-info"),
    HeaderName::from_static("proxy-connection"),
];

/// What a response cannot be read or chosen without. An origin that forbids to keep
/// one of them forbids to keep the response; one that lists it in `Connection`
/// errs (RFC 9110 §7.6.1).
static ESSENTIAL: [HeaderName; 4] = [
    header::CACHE_CONTROL,
    header::CONTENT_ENCODING,
    header::CONTENT_TYPE,
    header::VARY,
];

pub(super) fn is_essential(name: &HeaderName) -> bool {
    ESSENTIAL.contains(name)
}

/// Removes what must not be stored: fields of the connection and of the proxy,
/// those that `Connection` lists, and those that `private` and `no-cache` name
/// (RFC 9111 §5.2.2.4, §5.2.2.7).
pub(super) fn strip(headers: &mut HeaderMap, directives: &ResponseDirectives, shared: bool) {
    strip_hop(headers);
    // A fresh entry is served without validation, and then without these.
    let private = directives.private_fields.iter().filter(|_| shared);
    for name in directives.no_cache_fields.iter().chain(private) {
        headers.remove(name);
    }
}

/// Removes what is for one connection or one proxy.
pub(super) fn strip_hop(headers: &mut HeaderMap) {
    for name in connection_listed(headers) {
        headers.remove(name);
    }
    for name in &SINGLE_HOP {
        headers.remove(name);
    }
}

/// Whether whoever forwards a request takes a field out of it that belongs to the
/// message, since `Connection` names it: what comes back is the answer to another
/// request than the one that has the key, and the variant, of this one.
pub(super) fn loses_some(headers: &HeaderMap) -> bool {
    tokens(headers, &CONNECTION)
        .filter(|name| !name.eq_ignore_ascii_case(b"keep-alive"))
        .filter_map(|name| HeaderName::from_bytes(name).ok())
        .any(|name| !SINGLE_HOP.contains(&name) && headers.contains_key(&name))
}

fn connection_listed(headers: &HeaderMap) -> Vec<HeaderName> {
    tokens(headers, &CONNECTION)
        .filter_map(|name| HeaderName::from_bytes(name).ok())
        .filter(|name| !is_essential(name))
        .collect()
}
