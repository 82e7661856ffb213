use http::{HeaderValue, Uri, uri::Scheme};
use std::{fmt, path::PathBuf, str::FromStr};

/// Where requests go: `http://HOST:PORT/BASE`, `https://HOST:PORT/BASE` or
/// `unix:/PATH`.
///
/// The base path, if there is one, goes before the path of each request. `https`
/// needs the feature `tls`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Upstream {
    address: Address,
    host: HeaderValue,
    base: String,
    is_tls: bool,
}

/// What a socket connects to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Address {
    Tcp {
        host: String,
        port: u16,
    },
    #[cfg(unix)]
    Unix(PathBuf),
}

/// A text that is no [`Upstream`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InvalidUpstream(&'static str);

impl Upstream {
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// The name that its certificate must have.
    #[cfg(feature = "tls")]
    pub(crate) fn name(&self) -> Option<&str> {
        match &self.address {
            Address::Tcp { host, .. } if self.is_tls => Some(host),
            _ => None,
        }
    }

    /// What `Host` is if it shall be the upstream's own.
    pub(crate) fn host(&self) -> &HeaderValue {
        &self.host
    }

    /// Without a slash at its end.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.is_tls
    }
}

impl FromStr for Upstream {
    type Err = InvalidUpstream;

    fn from_str(text: &str) -> Result<Self, InvalidUpstream> {
        match text.strip_prefix("unix:") {
            Some(path) => unix(path),
            None => tcp(text),
        }
    }
}

#[cfg(unix)]
fn unix(path: &str) -> Result<Upstream, InvalidUpstream> {
    if !path.starts_with('/') {
        return Err(InvalidUpstream("`unix:` needs an absolute path behind it"));
    }
    Ok(Upstream {
        address: Address::Unix(path.into()),
        host: HeaderValue::from_static("localhost"),
        base: String::new(),
        is_tls: false,
    })
}

#[cfg(not(unix))]
fn unix(_: &str) -> Result<Upstream, InvalidUpstream> {
    Err(InvalidUpstream("there are no Unix sockets on this system"))
}

fn tcp(text: &str) -> Result<Upstream, InvalidUpstream> {
    let uri: Uri = text
        .parse()
        .map_err(|_| InvalidUpstream("it is neither a URL nor `unix:` with a path"))?;
    let is_tls = match uri.scheme() {
        Some(scheme) if *scheme == Scheme::HTTP => false,
        Some(scheme) if *scheme == Scheme::HTTPS => true,
        _ => return Err(InvalidUpstream("it must begin with http:// or https://")),
    };
    if is_tls && cfg!(not(feature = "tls")) {
        return Err(InvalidUpstream("https:// needs the feature `tls`"));
    }
    let authority = uri.authority().ok_or(InvalidUpstream("it names no host"))?;
    if authority.as_str().contains('@') {
        return Err(InvalidUpstream("user information has no place in it"));
    }
    if uri.query().is_some() {
        return Err(InvalidUpstream("a query has no place in it"));
    }
    let default = if is_tls { 443 } else { 80 };
    Ok(Upstream {
        address: Address::Tcp {
            // An IPv6 address is in brackets, which a resolver does not know.
            host: authority.host().trim_matches(['[', ']']).to_owned(),
            port: authority.port_u16().unwrap_or(default),
        },
        host: HeaderValue::from_str(authority.as_str())
            .map_err(|_| InvalidUpstream("its host is no field value"))?,
        base: uri.path().trim_end_matches('/').to_owned(),
        is_tls,
    })
}

impl fmt::Display for InvalidUpstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no upstream: {}", self.0)
    }
}

impl std::error::Error for InvalidUpstream {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_upstream_says_why() {
        for (text, why) in [
            ("", "neither a URL"),
            ("localhost", "must begin with"),
            ("ftp://a", "must begin with"),
            ("http://u@a", "user information"),
            ("http://a/?q", "query"),
            ("unix:run/app.sock", "absolute path"),
        ] {
            let error = text.parse::<Upstream>().expect_err(text).to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn an_address_in_brackets_and_a_base_path_are_taken_apart() {
        let upstream: Upstream = "http://[::1]:81/base/".parse().expect("an upstream");
        let (host, port) = ("::1".to_owned(), 81);
        assert_eq!(upstream.address(), &Address::Tcp { host, port });
        assert_eq!(upstream.base(), "/base");
        assert_eq!(upstream.host(), "[::1]:81");
    }
}
