//! `Cache-Status` (RFC 9211): what a cache did with a request.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use sfv::{Integer, KeyRef, ListSerializer, RefBareItem, StringRef, TokenRef};

static NAME: HeaderName = HeaderName::from_static("cache-status");

/// Why a request went on to the origin (§2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ForwardReason {
    /// The cache was told to take no part.
    Bypass,
    /// The method is not one that it answers.
    Method,
    /// Nothing is stored for the URI.
    UriMiss,
    /// Something is stored for the URI, but not for a request like this one.
    VaryMiss,
    /// Nothing is stored that could be chosen, for either reason.
    Miss,
    /// What is stored would do, but the client asks for better.
    Request,
    /// What is stored is stale.
    Stale,
    /// What is stored has not all that was asked for.
    Partial,
}

impl ForwardReason {
    /// The token of RFC 9211 §2.2.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bypass => "bypass",
            Self::Method => "method",
            Self::UriMiss => "uri-miss",
            Self::VaryMiss => "vary-miss",
            Self::Miss => "miss",
            Self::Request => "request",
            Self::Stale => "stale",
            Self::Partial => "partial",
        }
    }
}

/// One cache's member of the list: what is set is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct CacheStatus {
    hit: bool,
    forward: Option<ForwardReason>,
    forward_status: Option<StatusCode>,
    ttl: Option<i64>,
    stored: bool,
    collapsed: bool,
    key: Option<String>,
    detail: Option<&'static str>,
}

impl CacheStatus {
    /// A stored response was served without asking (§2.1).
    pub fn hit() -> Self {
        Self {
            hit: true,
            ..Self::default()
        }
    }

    /// The request went on (§2.2).
    pub fn forward(reason: ForwardReason) -> Self {
        Self {
            forward: Some(reason),
            ..Self::default()
        }
    }

    /// What the origin answered, where it differs from what the client gets
    /// (§2.3).
    pub fn forward_status(mut self, status: StatusCode) -> Self {
        self.forward_status = Some(status);
        self
    }

    /// How many seconds the response is fresh for; negative if it is stale (§2.4).
    pub fn ttl(mut self, seconds: i64) -> Self {
        self.ttl = Some(seconds);
        self
    }

    /// The response was stored (§2.5).
    pub fn stored(mut self) -> Self {
        self.stored = true;
        self
    }

    /// The request waited for another one's response (§2.6).
    pub fn collapsed(mut self) -> Self {
        self.collapsed = true;
        self
    }

    /// The key (§2.7); what is not printable ASCII is left out.
    pub fn key(mut self, key: &str) -> Self {
        self.key = Some(key.chars().filter(|c| matches!(c, ' '..='~')).collect());
        self
    }

    /// Anything else, as a token (§2.8).
    pub fn detail(mut self, detail: &'static str) -> Self {
        self.detail = Some(detail);
        self
    }

    /// The member, under the name of the cache: a token if it can be one, a
    /// string otherwise.
    #[must_use]
    pub fn to_value(&self, cache: &str) -> HeaderValue {
        let mut list = ListSerializer::new();
        let mut item = match TokenRef::from_str(cache) {
            Ok(token) => list.bare_item(token),
            Err(_) => {
                list.bare_item(StringRef::from_str(cache).unwrap_or(StringRef::constant("cache")))
            }
        };
        for (key, value) in self.parameters() {
            item = item.parameter(key, value);
        }
        let _ = item.finish();
        let text = list.finish().unwrap_or_default();
        HeaderValue::from_str(&text).expect("structured fields are ASCII")
    }

    /// Adds the member behind those of caches nearer to the origin (§2).
    pub fn append_to(&self, headers: &mut HeaderMap, cache: &str) {
        headers.append(&NAME, self.to_value(cache));
    }

    fn parameters(&self) -> impl Iterator<Item = (&'static KeyRef, RefBareItem<'_>)> {
        let flag = |name, is_set: bool| is_set.then(|| (KeyRef::constant(name), true.into()));
        let token = |name, text: &'static str| {
            let token = TokenRef::from_str(text).ok()?;
            Some((KeyRef::constant(name), token.into()))
        };
        let number = |name, number: i64| {
            let number = Integer::try_from(number).ok()?;
            Some((KeyRef::constant(name), number.into()))
        };
        let key = self.key.as_deref().and_then(|key| {
            let key = StringRef::from_str(key).ok()?;
            Some((KeyRef::constant("key"), key.into()))
        });
        let status = self.forward_status.map(|status| status.as_u16().into());
        [
            flag("hit", self.hit),
            self.forward
                .and_then(|reason| token("fwd", reason.as_str())),
            status.and_then(|status| number("fwd-status", status)),
            self.ttl.and_then(|ttl| number("ttl", ttl)),
            flag("stored", self.stored),
            flag("collapsed", self.collapsed),
            key,
            self.detail.and_then(|detail| token("detail", detail)),
        ]
        .into_iter()
        .flatten()
    }
}
