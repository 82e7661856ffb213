use crate::policy::Seconds;
use std::time::Duration;

/// What a handler says of its response to the cache around it, and to no other
/// one: put it into the extensions of the response.
///
/// Times stand above those of the header fields, which clients still get. What the
/// fields forbid stays forbidden: `private`, `no-store`, `Set-Cookie`.
///
/// ```
/// use buttress_cache::CacheRules;
/// use std::time::Duration;
///
/// let mut response = http::Response::new("a page of product 7");
/// response.extensions_mut().insert(
///     CacheRules::new()
///         .ttl(Duration::from_secs(600))
///         .stale_while_revalidate(Duration::from_secs(60))
///         .tag("product-7"),
/// );
/// ```
#[derive(Clone, Debug, Default)]
pub struct CacheRules {
    pub(crate) ttl: Option<Seconds>,
    pub(crate) stale_while_revalidate: Option<Seconds>,
    pub(crate) stale_if_error: Option<Seconds>,
    pub(crate) tags: Vec<Box<str>>,
    pub(crate) no_store: bool,
}

impl CacheRules {
    /// How many tags a response may have; more are not stored with it, and
    /// neither is the response.
    pub const TAGS: usize = 64;

    /// No rules.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// For how long it is fresh in this cache. It counts as said explicitly.
    #[must_use]
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl.into());
        self
    }

    /// For how long it may be served stale while it is refreshed (RFC 5861 §3).
    #[must_use]
    pub fn stale_while_revalidate(mut self, window: Duration) -> Self {
        self.stale_while_revalidate = Some(window.into());
        self
    }

    /// For how long it may be served stale when the origin fails (RFC 5861 §4).
    #[must_use]
    pub fn stale_if_error(mut self, window: Duration) -> Self {
        self.stale_if_error = Some(window.into());
        self
    }

    /// A tag to purge it by.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<Box<str>>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// It is not stored.
    #[must_use]
    pub fn no_store(mut self) -> Self {
        self.no_store = true;
        self
    }
}
