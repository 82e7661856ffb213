use crate::endpoint::hash;
use http::{HeaderMap, HeaderName, HeaderValue, request::Parts};
use std::{fmt, sync::Arc};

type KeyFn = dyn Fn(&Parts) -> Option<u64> + Send + Sync;

/// How requests of one client find the endpoint that they went to before.
#[derive(Clone)]
pub struct Sticky(pub(crate) By);

#[derive(Clone)]
pub(crate) enum By {
    Key(Arc<KeyFn>),
    #[cfg(feature = "cookie")]
    Cookie(crate::cookie::StickyCookie),
}

/// What a request says of where it went before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Affinity {
    /// Where to go if nothing better is known; the same for the same client.
    pub(crate) key: Option<u64>,
    /// What its cookie calls the endpoint.
    pub(crate) tag: Option<Box<str>>,
    /// Whether an endpoint without that tag gives its own.
    pub(crate) gives_tags: bool,
}

impl Sticky {
    /// By what stays the same of a client: its address, the id of its session. The
    /// endpoints share all keys among them (rendezvous hashing). When one of `n` goes,
    /// its keys move and no others, 1/n of them all; when one comes, it takes as many.
    ///
    /// Requests without a key go where the [policy](crate::Policy) says. Nobody is told
    /// anything, and processes that have the same endpoints agree.
    pub fn key(key: impl Fn(&Parts) -> Option<u64> + Send + Sync + 'static) -> Self {
        Self(By::Key(Arc::new(key)))
    }

    /// By the value of a field of the request.
    pub fn header(name: HeaderName) -> Self {
        Self::key(move |parts| {
            let value = parts.headers.get(&name)?;
            Some(Self::hash(value.as_bytes()))
        })
    }

    /// A key from bytes, the same in all processes.
    #[must_use]
    pub fn hash(bytes: &[u8]) -> u64 {
        hash(bytes)
    }

    pub(crate) fn read(&self, parts: &Parts) -> Affinity {
        match &self.0 {
            By::Key(key) => Affinity {
                key: key(parts),
                ..Affinity::default()
            },
            #[cfg(feature = "cookie")]
            By::Cookie(cookie) => cookie.read(&parts.headers),
        }
    }

    /// What cookies call an endpoint: the first is given.
    pub(crate) fn tags(&self, name: &str) -> Vec<Box<str>> {
        match &self.0 {
            #[cfg(feature = "cookie")]
            By::Cookie(cookie) => cookie.tags(name),
            _ => {
                let _ = name;
                Vec::new()
            }
        }
    }

    /// Tells the client where it went.
    pub(crate) fn tell(&self, tag: &str, headers: &mut HeaderMap) {
        match &self.0 {
            #[cfg(feature = "cookie")]
            By::Cookie(cookie) => {
                if let Ok(value) = HeaderValue::from_str(&cookie.line(tag)) {
                    headers.append(http::header::SET_COOKIE, value);
                }
            }
            _ => {
                let _: (&str, &mut HeaderMap, Option<HeaderValue>) = (tag, headers, None);
            }
        }
    }
}

impl fmt::Debug for Sticky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            By::Key(_) => f.write_str("Sticky::key"),
            #[cfg(feature = "cookie")]
            By::Cookie(_) => f.write_str("Sticky::cookie"),
        }
    }
}
