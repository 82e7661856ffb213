//! What an unsafe request makes stale (RFC 9111 §4.4).

use super::{Disposition, Policy, RequestTerms};
use http::{
    HeaderMap, StatusCode, Uri,
    header::{CONTENT_LOCATION, LOCATION},
    uri::{PathAndQuery, Scheme},
};

impl Policy {
    /// The URIs whose stored responses are stale after this response: that of
    /// the request, and `Location` and `Content-Location` on the same origin.
    /// None, if the method is safe or the response is an error.
    ///
    /// `target` has scheme and authority: the URI that the key is made of. Groups
    /// come beside it, from [`CacheGroups::invalidated_by`](super::CacheGroups::invalidated_by),
    /// under the same condition.
    #[must_use]
    pub fn invalidates(
        &self,
        request: &RequestTerms,
        target: &Uri,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Vec<Uri> {
        // §4.4 calls 2xx and 3xx non-error.
        let is_success = status.is_success() || status.is_redirection();
        if request.disposition != Disposition::Unsafe || !is_success {
            return Vec::new();
        }
        let mut uris = vec![target.clone()];
        let named = [LOCATION, CONTENT_LOCATION];
        let references = named.iter().filter_map(|name| headers.get(name));
        for reference in references.filter_map(|value| value.to_str().ok()) {
            match resolve(target, reference) {
                Some(uri) if is_same_origin(&uri, target) && !uris.contains(&uri) => uris.push(uri),
                _ => {}
            }
        }
        uris
    }
}

/// A reference relative to a URI (RFC 3986 §5.2), without its fragment.
fn resolve(base: &Uri, reference: &str) -> Option<Uri> {
    let reference = reference.trim();
    let reference = reference.split('#').next().unwrap_or_default();
    let has_scheme = reference
        .split(['/', '?'])
        .next()
        .is_some_and(|head| head.contains(':'));
    if has_scheme {
        return reference.parse().ok();
    }
    let scheme = base.scheme()?.as_str();
    if reference.starts_with("//") {
        return format!("{scheme}:{reference}").parse().ok();
    }
    let (path, query) = match reference.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (reference, None),
    };
    let path_and_query = if path.is_empty() {
        match query.or(base.query()) {
            Some(query) => format!("{}?{query}", base.path()),
            None => base.path().to_owned(),
        }
    } else {
        let merged = if path.starts_with('/') {
            path.to_owned()
        } else {
            let folder = base.path().rfind('/').map_or(0, |slash| slash + 1);
            format!("{}{path}", &base.path()[..folder])
        };
        let path = remove_dots(&merged);
        query.map_or(path.clone(), |query| format!("{path}?{query}"))
    };
    let mut parts = base.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path_and_query).ok()?);
    Uri::from_parts(parts).ok()
}

/// RFC 3986 §5.2.4.
fn remove_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if is_last {
                    kept.push("");
                }
            }
            segment => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}

fn is_same_origin(one: &Uri, other: &Uri) -> bool {
    match (origin(one), origin(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// Scheme, host and port (RFC 9110 §4.3.1), if all are known.
fn origin(uri: &Uri) -> Option<(Scheme, String, u16)> {
    let scheme = uri.scheme()?;
    let authority = uri.authority()?;
    let is_secure = *scheme == Scheme::HTTPS;
    let port = match authority.as_str().ends_with(authority.host()) {
        true if is_secure => 443,
        true => 80,
        // One that is no number leads nowhere.
        false => authority.port_u16()?,
    };
    Some((scheme.clone(), authority.host().to_ascii_lowercase(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved() {
        let base: Uri = "http://a.example/b/c/d?q".parse().expect("a URI");
        for (reference, expected) in [
            ("g", "http://a.example/b/c/g"),
            ("./g", "http://a.example/b/c/g"),
            ("g/", "http://a.example/b/c/g/"),
            ("/g", "http://a.example/g"),
            ("//other.example/g", "http://other.example/g"),
            ("?y", "http://a.example/b/c/d?y"),
            ("g?y", "http://a.example/b/c/g?y"),
            ("g?y/../x", "http://a.example/b/c/g?y/../x"),
            ("g#s", "http://a.example/b/c/g"),
            ("", "http://a.example/b/c/d?q"),
            (".", "http://a.example/b/c/"),
            ("..", "http://a.example/b/"),
            ("../g", "http://a.example/b/g"),
            ("../../../g", "http://a.example/g"),
            ("/./g/../h", "http://a.example/h"),
            ("https://z.example/x", "https://z.example/x"),
        ] {
            let resolved = resolve(&base, reference).map(|uri| uri.to_string());
            assert_eq!(resolved.as_deref(), Some(expected), "{reference}");
        }
        for reference in ["mailto:x", "http:", "/ g", "\u{0}"] {
            assert_eq!(
                resolve(&base, reference).filter(|uri| is_same_origin(uri, &base)),
                None,
                "{reference}"
            );
        }
    }

    #[test]
    fn an_origin_has_a_default_port_and_no_case() {
        let uri = |text: &str| text.parse::<Uri>().expect("a URI");
        assert!(is_same_origin(
            &uri("http://A.example/x"),
            &uri("http://a.example:80/y")
        ));
        assert!(is_same_origin(
            &uri("https://a.example:443/"),
            &uri("https://a.example/")
        ));
        assert!(!is_same_origin(
            &uri("https://a.example/"),
            &uri("http://a.example/")
        ));
        assert!(!is_same_origin(
            &uri("http://a.example:8080/"),
            &uri("http://a.example/")
        ));
        assert!(!is_same_origin(&uri("/x"), &uri("/x")));
    }
}
