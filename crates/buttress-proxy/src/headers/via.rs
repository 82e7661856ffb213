//! `Via` (RFC 9110 §7.6.3).

use http::{HeaderMap, HeaderValue, Version, header::VIA};

/// The values that this proxy adds, made once.
#[derive(Clone, Debug)]
pub(crate) struct Via {
    http1: HeaderValue,
    http10: HeaderValue,
    http2: HeaderValue,
}

impl Via {
    /// `None` if the name is no token.
    pub(crate) fn new(name: &str) -> Option<Self> {
        let is_token = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
        let value = |version| HeaderValue::from_str(&format!("{version} {name}")).ok();
        Some(Self {
            http1: value("1.1").filter(|_| is_token)?,
            http10: value("1.0")?,
            http2: value("2")?,
        })
    }

    /// Adds it behind those of others, with the version in which the message came.
    pub(crate) fn add(&self, headers: &mut HeaderMap, version: Version) {
        let value = match version {
            Version::HTTP_2 => &self.http2,
            Version::HTTP_10 => &self.http10,
            _ => &self.http1,
        };
        headers.append(VIA, value.clone());
    }
}
