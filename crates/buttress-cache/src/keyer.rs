use crate::Key;
use http::{
    HeaderMap, HeaderValue, Uri,
    header::HOST,
    request::Parts,
    uri::{Authority, Scheme},
};
use std::{fmt, sync::Arc};

type UriHook = Arc<dyn Fn(&Parts) -> Uri + Send + Sync>;
type KeyHook = Arc<dyn Fn(&Parts) -> Option<String> + Send + Sync>;

/// Makes the keys of requests.
#[derive(Clone)]
pub(crate) struct Keyer {
    pub(crate) namespace: Box<str>,
    /// That of requests whose URI has none, as those of HTTP/1.
    pub(crate) scheme: Scheme,
    pub(crate) uri: Option<UriHook>,
    pub(crate) key: Option<KeyHook>,
    pub(crate) longest: usize,
}

/// Why a request has no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoKey {
    /// No host, more than one, two that differ, or one that is none.
    Host,
    /// A key that is too long.
    TooLong,
    /// The app's own function gave none.
    Refused,
}

impl Default for Keyer {
    fn default() -> Self {
        Self {
            namespace: "".into(),
            scheme: Scheme::HTTP,
            uri: None,
            key: None,
            longest: 8 * 1024,
        }
    }
}

impl Keyer {
    pub(crate) fn key(&self, parts: &Parts) -> Result<Key, NoKey> {
        let text = match &self.key {
            Some(key) => self.named(&key(parts).ok_or(NoKey::Refused)?),
            None => {
                let hooked = self.uri.as_ref().map(|hook| hook(parts));
                let uri = hooked.as_ref().unwrap_or(&parts.uri);
                // A hook that names another authority has chosen between them.
                let is_own = uri.authority() == parts.uri.authority();
                if is_own && self.is_ambiguous(uri, &parts.headers) {
                    return Err(NoKey::Host);
                }
                self.text(uri, &parts.headers).ok_or(NoKey::Host)?
            }
        };
        match text.len() <= self.longest {
            true => Ok(Key::new(text)),
            false => Err(NoKey::TooLong),
        }
    }

    /// The key of an absolute URI, as a request for it would have.
    pub(crate) fn key_of(&self, uri: &Uri) -> Option<Key> {
        self.text(uri, &HeaderMap::new()).map(Key::new)
    }

    /// A text within the namespace.
    pub(crate) fn named(&self, text: &str) -> String {
        match &*self.namespace {
            "" => text.to_owned(),
            namespace => format!("{namespace}|{text}"),
        }
    }

    /// The absolute URI that a request is for, as text.
    pub(crate) fn target(&self, parts: &Parts) -> Option<String> {
        let hooked = self.uri.as_ref().map(|hook| hook(parts));
        let uri = hooked.as_ref().unwrap_or(&parts.uri);
        let mut text = self.text(uri, &parts.headers)?;
        if !self.namespace.is_empty() {
            text.drain(..=self.namespace.len());
        }
        Some(text)
    }

    /// Scheme and host in a key; nothing, if it is a key of the app's own.
    pub(crate) fn origin_of<'a>(&self, key: &'a Key) -> &'a str {
        let text = key.as_str();
        let uri = match &*self.namespace {
            "" => text,
            namespace => text.get(namespace.len() + 1..).unwrap_or_default(),
        };
        origin(uri)
    }

    /// Whether an app may read another host than the key has: from a `Host` that
    /// contradicts the URI, as in HTTP/1's absolute form, or from user information,
    /// which requests must not have (RFC 9110 §4.2.4).
    fn is_ambiguous(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let Some(authority) = uri.authority() else {
            return false;
        };
        let scheme = uri.scheme().unwrap_or(&self.scheme).as_str();
        let named = without_default_port(authority.as_str(), scheme);
        let is_same = |host: &HeaderValue| {
            let host = host.to_str().unwrap_or_default();
            without_default_port(host, scheme).eq_ignore_ascii_case(named)
        };
        named.contains('@') || !headers.get_all(HOST).iter().all(is_same)
    }

    fn text(&self, uri: &Uri, headers: &HeaderMap) -> Option<String> {
        let scheme = uri.scheme().unwrap_or(&self.scheme).as_str();
        let host = host(uri.authority(), headers)?;
        let host = without_default_port(host, scheme);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let length = self.namespace.len() + scheme.len() + host.len() + path.len() + 5;
        let mut text = String::with_capacity(length);
        if !self.namespace.is_empty() {
            text.push_str(&self.namespace);
            text.push('|');
        }
        text.push_str(scheme);
        text.push_str("://");
        let start = text.len();
        text.push_str(host);
        text[start..].make_ascii_lowercase();
        if !path.starts_with('/') {
            text.push('/');
        }
        text.push_str(path);
        Some(text)
    }
}

/// Scheme and host of an absolute URI.
pub(crate) fn origin(uri: &str) -> &str {
    let Some(host) = uri.find("://").map(|colon| colon + 3) else {
        return "";
    };
    let end = uri[host..]
        .find('/')
        .map_or(uri.len(), |slash| host + slash);
    &uri[..end]
}

/// The host that a request names, once and validly.
fn host<'a>(authority: Option<&'a Authority>, headers: &'a HeaderMap) -> Option<&'a str> {
    if let Some(authority) = authority {
        let text = authority.as_str();
        return Some(text.rsplit_once('@').map_or(text, |(_, host)| host));
    }
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next()?.to_str().ok()?;
    let is_one = hosts.next().is_none() && !host.is_empty();
    let is_valid =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%:[]!$&'()*+,;=".contains(&byte);
    (is_one && host.bytes().all(is_valid)).then_some(host)
}

fn without_default_port<'a>(host: &'a str, scheme: &str) -> &'a str {
    let port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return host,
    };
    host.strip_suffix(port)
        .or_else(|| host.strip_suffix(':'))
        .unwrap_or(host)
}

impl fmt::Debug for Keyer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyer")
            .field("namespace", &self.namespace)
            .field("scheme", &self.scheme)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn key(uri: &str, hosts: &[&str]) -> Option<String> {
        let mut request = Request::builder().uri(uri);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let key = Keyer::default().key(&parts).ok()?;
        Some(key.as_str().to_owned())
    }

    #[test]
    fn a_key_is_the_uri_of_the_target() {
        let expected = Some("http://example.com/a?b=C".to_owned());
        for (uri, host) in [
            ("/a?b=C", "example.com"),
            ("/a?b=C", "EXAMPLE.com:80"),
            ("/a?b=C", "example.com:"),
            ("http://Example.com/a?b=C", "example.COM:80"),
        ] {
            assert_eq!(key(uri, &[host]), expected, "{uri} {host}");
        }
        assert_eq!(
            key("https://example.com", &[]).unwrap(),
            "https://example.com/"
        );
        assert_eq!(key("https://h:443/", &[]).unwrap(), "https://h/");
        assert_eq!(key("https://h:80/", &[]).unwrap(), "https://h:80/");
        assert_eq!(key("*", &["h"]).unwrap(), "http://h/*");
    }

    #[test]
    fn without_one_valid_host_there_is_no_key() {
        assert_eq!(key("/", &[]), None);
        assert_eq!(key("/", &["a", "b"]), None);
        assert_eq!(key("/", &["a", "a"]), None);
        for host in ["", "a/b", "a b", "a?b", "a@b", "a|b", "a#b", "\u{e4}"] {
            assert_eq!(key("/", &[host]), None, "{host:?}");
        }
        assert_eq!(key("http://a/", &["b"]), None);
        assert_eq!(key("http://a/", &["a", "b"]), None);
        assert_eq!(key("http://a:80/", &["a:81"]), None);
        assert_eq!(key("http://b@a/", &["a"]), None);
        assert_eq!(key("http://b@a/", &[]), None);
    }
}
