use crate::{Key, hosts::Hosts, key::hash, table::alphanumeric_and};
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
    namespace: Box<str>,
    /// That of requests whose URI has none, as those of HTTP/1.
    scheme: Scheme,
    /// What most keys begin with: the namespace and that scheme.
    prefix: Box<str>,
    hosts: Hosts,
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
            prefix: prefix("", &Scheme::HTTP).into(),
            hosts: Hosts::default(),
            uri: None,
            key: None,
            longest: 8 * 1024,
        }
    }
}

impl Keyer {
    pub(crate) fn set_namespace(&mut self, namespace: Box<str>) {
        self.prefix = prefix(&namespace, &self.scheme).into();
        self.namespace = namespace;
    }

    pub(crate) fn set_scheme(&mut self, scheme: Scheme) {
        self.prefix = prefix(&self.namespace, &scheme).into();
        // What is a default port hangs on it.
        self.hosts = Hosts::default();
        self.scheme = scheme;
    }

    /// The key of a request that is like most, in pieces: its host is known.
    pub(crate) fn usual<'a>(&'a self, parts: &'a Parts) -> Option<Usual<'a>> {
        let is_other = |scheme: &Scheme| *scheme != self.scheme;
        if self.uri.is_some() || self.key.is_some() || parts.uri.scheme().is_some_and(is_other) {
            return None;
        }
        let mut hosts = parts.headers.get_all(HOST).iter();
        let host = match (parts.uri.authority(), hosts.next(), hosts.next()) {
            (None, Some(host), None) => host.as_bytes(),
            (Some(authority), None, _) => authority.as_str().as_bytes(),
            _ => return None,
        };
        let path = parts.uri.path_and_query();
        Some(Usual([
            &self.prefix,
            self.hosts.find(host)?,
            path.map_or("/", |path| path.as_str()),
        ]))
    }

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
        self.is_short(text.len()).map(|()| Key::new(text))
    }

    pub(crate) fn is_short(&self, length: usize) -> Result<(), NoKey> {
        match length <= self.longest {
            true => Ok(()),
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

    /// The absolute URI that a request is for, within the namespace.
    pub(crate) fn target(&self, parts: &Parts) -> Option<String> {
        if let Some(usual) = self.usual(parts) {
            return Some(usual.text());
        }
        let hooked = self.uri.as_ref().map(|hook| hook(parts));
        self.text(hooked.as_ref().unwrap_or(&parts.uri), &parts.headers)
    }

    /// The text without the namespace.
    pub(crate) fn without_namespace<'a>(&self, text: &'a str) -> &'a str {
        match &*self.namespace {
            "" => text,
            namespace => text.get(namespace.len() + 1..).unwrap_or_default(),
        }
    }

    /// Scheme and host in a key; nothing, if it is a key of the app's own.
    pub(crate) fn origin_of<'a>(&self, key: &'a Key) -> &'a str {
        origin(self.without_namespace(key.as_str()))
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
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let scheme = uri.scheme().unwrap_or(&self.scheme);
        let named = host(uri.authority(), headers)?;
        let host = without_default_port(named, scheme.as_str()).to_ascii_lowercase();
        if *scheme != self.scheme {
            return Some(joined([&prefix(&self.namespace, scheme), &host, path]));
        }
        if host == named {
            self.hosts.add(named);
        }
        Some(joined([&*self.prefix, &host, path]))
    }
}

/// Prefix, host and path of a usual key.
pub(crate) struct Usual<'a>([&'a str; 3]);

impl Usual<'_> {
    pub(crate) fn hash(&self) -> u64 {
        let [prefix, host, path] = self.0;
        hash([prefix, host, slash(path), path])
    }

    pub(crate) fn text(&self) -> String {
        joined(self.0)
    }

    pub(crate) fn length(&self) -> usize {
        let [prefix, host, path] = self.0;
        prefix.len() + host.len() + slash(path).len() + path.len()
    }
}

/// Exactly as long as it gets: a longer text would be copied into its key.
fn joined([prefix, host, path]: [&str; 3]) -> String {
    [prefix, host, slash(path), path].concat()
}

/// What stands before a path that is `*`, or nothing but a query.
fn slash(path: &str) -> &'static str {
    if path.starts_with('/') { "" } else { "/" }
}

fn prefix(namespace: &str, scheme: &Scheme) -> String {
    match namespace {
        "" => format!("{scheme}://"),
        namespace => format!("{namespace}|{scheme}://"),
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
    let is_valid = |byte: u8| IN_HOST[usize::from(byte)];
    (is_one && host.bytes().all(is_valid)).then_some(host)
}

/// The characters of a host and its port (RFC 3986 §3.2.2).
static IN_HOST: [bool; 256] = alphanumeric_and(b"-._~%:[]!$&'()*+,;=");

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
        let key = Keyer::default().key(&parts(uri, hosts)).ok()?;
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

    fn parts(uri: &str, hosts: &[&str]) -> Parts {
        let mut request = Request::builder().uri(uri);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn the_key_of_a_host_that_is_known_is_the_same() {
        for (namespace, scheme) in [("", Scheme::HTTP), ("shop", Scheme::HTTPS)] {
            let mut keyer = Keyer::default();
            keyer.set_namespace(namespace.into());
            keyer.set_scheme(scheme.clone());
            let absolute = format!("{scheme}://example.com/a?b=C");
            for (uri, hosts) in [
                ("/a?b=C", &["example.com"][..]),
                ("*", &["example.com"]),
                ("/", &["other.example:8080"]),
                (&absolute, &[]),
            ] {
                let parts = parts(uri, hosts);
                let key = keyer.key(&parts).ok().unwrap();
                let usual = keyer.usual(&parts).unwrap();
                assert_eq!(usual.text(), key.as_str());
                assert_eq!(usual.hash(), key.short_hash());
                assert_eq!(usual.length(), key.as_str().len());
            }
        }
    }

    #[test]
    fn what_has_to_be_looked_at_is_not_usual() {
        let mut keyer = Keyer::default();
        assert!(keyer.usual(&parts("/", &["a"])).is_none(), "not known yet");
        for host in ["a", "A", "a:80", "a:", "a/b", "b@a"] {
            // An error, or a key: what is remembered has no other form.
            let _ = keyer.key(&parts("/", &[host]));
        }
        assert!(keyer.usual(&parts("/", &["a"])).is_some());
        for (uri, hosts) in [
            ("/", &["A"][..]),
            ("/", &["a:80"]),
            ("/", &["a:"]),
            ("/", &["a/b"]),
            ("/", &["a", "a"]),
            ("/", &[]),
            ("http://a/", &["a"]),
            ("http://b@a/", &[]),
            ("https://a/", &[]),
        ] {
            assert!(keyer.usual(&parts(uri, hosts)).is_none(), "{uri} {hosts:?}");
        }
        for number in 0..10 {
            keyer
                .key(&parts("/", &[&format!("h{number}")]))
                .ok()
                .unwrap();
        }
        assert!(
            keyer.usual(&parts("/", &["h9"])).is_none(),
            "four are known"
        );
        keyer.set_scheme(Scheme::HTTPS);
        assert!(keyer.usual(&parts("/", &["a"])).is_none());
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
