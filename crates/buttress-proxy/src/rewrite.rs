//! The target of a request: its host and its path.

use crate::{
    error::{Error, Kind},
    upstream::Upstream,
};
use http::{
    HeaderMap, HeaderValue, Method, Uri, Version,
    header::HOST,
    request::Parts,
    uri::{Authority, PathAndQuery},
};

/// Which `Host` the upstream gets.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Host {
    /// The one that the client sent, so that links and redirects are right.
    #[default]
    Kept,
    /// The upstream's own, as servers with many names need it.
    Upstream,
    /// This one.
    Fixed(HeaderValue),
}

/// The one host that a request is for (RFC 9112 §3.2), and whether that is what `Host`
/// says.
///
/// An authority in the target stands above `Host`. User information belongs to
/// neither (RFC 9110 §4.2.4).
pub(crate) fn host(parts: &Parts) -> Result<(Option<HeaderValue>, bool), Error> {
    let refused = |why| Error::because(Kind::Refused, why);
    let mut lines = parts.headers.get_all(HOST).iter();
    let (first, second) = (lines.next(), lines.next());
    if second.is_some() || first.is_some_and(|host| !is_host(host.as_bytes())) {
        return Err(refused("Host does not name one host"));
    }
    if let Some(authority) = parts.uri.authority() {
        if parts.uri.scheme().is_none() && parts.method != Method::CONNECT {
            // RFC 9112 §3.2.3: that form is for CONNECT alone.
            return Err(refused("the target is an authority"));
        }
        if !is_host(authority.as_str().as_bytes()) {
            return Err(refused("the target does not name a host"));
        }
        let value = HeaderValue::from_str(authority.as_str());
        return value
            .map(|host| (Some(host), false))
            .map_err(|_| refused("the target is no host"));
    }
    match first {
        None if parts.version == Version::HTTP_11 => Err(refused("Host is missing")),
        host => Ok((host.cloned(), host.is_some())),
    }
}

/// Empty it may be, where the target has no host.
fn is_host(value: &[u8]) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_".contains(byte);
    // Nearly all are plain, and parsing them costs more.
    value.iter().all(is_plain) || Authority::try_from(value).is_ok_and(|it| is_one_host(&it))
}

/// Without userinfo, and without a comma: RFC 3986 allows one in a name, but those who
/// join the lines of a field leave one too.
fn is_one_host(authority: &Authority) -> bool {
    let text = authority.as_str();
    if text.contains(['@', ',']) {
        return false;
    }
    let port = text.strip_prefix(authority.host()).unwrap_or(text);
    matches!(port, "" | ":") || authority.port_u16().is_some()
}

impl Host {
    /// Sets the field of a request that is for `asked`, which may stand there already.
    pub(crate) fn apply(
        &self,
        headers: &mut HeaderMap,
        (asked, is_there): (Option<HeaderValue>, bool),
        upstream: &Upstream,
    ) {
        let host = match self {
            Self::Kept if is_there => return,
            Self::Kept => asked.unwrap_or_else(|| upstream.host().clone()),
            Self::Upstream => upstream.host().clone(),
            Self::Fixed(host) => host.clone(),
        };
        headers.insert(HOST, host);
    }
}

/// The path at the upstream: without `prefix`, behind `base`.
pub(crate) fn target(uri: &Uri, prefix: &str, base: &str) -> Result<PathAndQuery, Error> {
    let Some(target) = uri.path_and_query() else {
        return Ok(PathAndQuery::from_static("/"));
    };
    if prefix.is_empty() && base.is_empty() || target == "*" {
        return Ok(target.clone());
    }
    if climbs(target.path()) {
        return Err(Error::because(Kind::Refused, "the path has a segment `..`"));
    }
    let rest = strip_prefix(target.as_str(), prefix);
    // `/prefix?query` leaves a path without its slash.
    let slash = if rest.starts_with('/') { "" } else { "/" };
    PathAndQuery::try_from(format!("{base}{slash}{rest}"))
        .map_err(|error| Error::because(Kind::Refused, error))
}

/// Whether it could leave the base path, for a server that decodes it.
fn climbs(path: &str) -> bool {
    path.split(['/', '\\']).any(|segment| {
        let dots = segment.replace("%2e", ".").replace("%2E", ".");
        dots == ".." || segment.to_ascii_lowercase().contains("%2f") && dots.contains("..")
    })
}

/// Only whole segments are a prefix: `/api` is none of `/apiary`.
fn strip_prefix<'a>(asked: &'a str, prefix: &str) -> &'a str {
    match asked.strip_prefix(prefix) {
        Some(rest) if rest.is_empty() || rest.starts_with(['/', '?']) => rest,
        _ => asked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_of_whole_segments_and_a_base_goes_before() {
        for (asked, prefix, base, at_upstream) in [
            ("/a/b?c", "", "", "/a/b?c"),
            ("/api/b?c", "/api", "", "/b?c"),
            ("/api", "/api", "", "/"),
            ("/api?c", "/api", "", "/?c"),
            ("/apiary", "/api", "", "/apiary"),
            ("/b", "", "/base", "/base/b"),
            ("/api/b", "/api", "/base", "/base/b"),
            ("//x/y", "", "/base", "/base//x/y"),
        ] {
            let uri: Uri = asked.parse().expect(asked);
            let target = target(&uri, prefix, base).expect(asked);
            assert_eq!(target.as_str(), at_upstream, "{asked}");
        }
    }

    #[test]
    fn no_path_leaves_the_base() {
        for asked in [
            "/a/../b",
            "/..",
            "/%2e%2E/b",
            "/a/.%2e",
            "/..%2fb",
            "/a\\..\\b",
        ] {
            let Ok(uri) = asked.parse::<Uri>() else {
                continue;
            };
            assert!(target(&uri, "", "/base").is_err(), "{asked}");
            assert!(target(&uri, "", "").is_ok(), "{asked}");
        }
        let uri = Uri::from_static("/a..b/...");
        assert!(target(&uri, "", "/base").is_ok());
    }

    #[test]
    fn a_host_is_one_name_with_a_port_or_without() {
        for host in ["", "a", "a:", "a.b:80", "[::1]:80", "127.0.0.1"] {
            assert!(is_host(host.as_bytes()), "{host}");
        }
        for host in ["a b", "u@a", "a,b", "a/b", "a:b:c", "a:99999999"] {
            assert!(!is_host(host.as_bytes()), "{host}");
        }
    }
}
