//! What a cache can be told to do otherwise.

use super::Seconds;
use http::HeaderName;

/// The rules of one cache, those of RFC 9111 for a shared cache by default.
///
/// Cheap to share, not to clone: keep it in an `Arc`.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(super) shared: bool,
    pub(super) heuristic_percent: u8,
    pub(super) heuristic_cap: Seconds,
    pub(super) targeted: Vec<HeaderName>,
    pub(super) stale_while_revalidate: Seconds,
    pub(super) stale_if_error: Seconds,
    pub(super) negative: Seconds,
    pub(super) lifetime_cap: Seconds,
    pub(super) set_cookie: bool,
    pub(super) authorization: bool,
    pub(super) ignore_request_directives: bool,
    pub(super) language_order: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self::new()
    }
}

impl Policy {
    /// A tenth of the time since the last modification, as RFC 9111 §4.2.2 names
    /// typical.
    const HEURISTIC_PERCENT: u8 = 10;

    /// Beyond a day RFC 9111's predecessor asked for a warning.
    const HEURISTIC_CAP: Seconds = Seconds::new(24 * 60 * 60);

    /// The policy of a shared cache that reads `CDN-Cache-Control` (RFC 9213).
    #[must_use]
    pub fn new() -> Self {
        Self {
            shared: true,
            heuristic_percent: Self::HEURISTIC_PERCENT,
            heuristic_cap: Self::HEURISTIC_CAP,
            targeted: vec![HeaderName::from_static("cdn-cache-control")],
            stale_while_revalidate: Seconds::ZERO,
            stale_if_error: Seconds::ZERO,
            negative: Seconds::ZERO,
            lifetime_cap: Seconds::MAX,
            set_cookie: false,
            authorization: false,
            ignore_request_directives: false,
            language_order: false,
        }
    }

    /// A cache of one user: `private` is stored, `s-maxage` and
    /// `proxy-revalidate` mean nothing, `Authorization` and `Set-Cookie` do not
    /// matter, and no targeted field is read.
    #[must_use]
    pub fn private() -> Self {
        Self {
            shared: false,
            targeted: Vec::new(),
            ..Self::new()
        }
    }

    /// How long a response without explicit lifetime is fresh: `percent` of the
    /// time between its `Last-Modified` and its `Date`, at most `cap` (RFC 9111
    /// §4.2.2). 10 % and a day by default; 0 turns heuristics off.
    #[must_use]
    pub fn heuristic(mut self, percent: u8, cap: impl Into<Seconds>) -> Self {
        self.heuristic_percent = percent.min(100);
        self.heuristic_cap = cap.into();
        self
    }

    /// The fields that are read instead of `Cache-Control` and `Expires`: the
    /// first one that is there and valid counts (RFC 9213 §2.2). By default
    /// `CDN-Cache-Control`.
    #[must_use]
    pub fn targeted(mut self, fields: impl IntoIterator<Item = HeaderName>) -> Self {
        self.targeted = fields.into_iter().collect();
        self
    }

    /// For how long a stale response may be served while it is refreshed, where
    /// the response does not say (RFC 5861 §3). None by default.
    #[must_use]
    pub fn stale_while_revalidate(mut self, window: impl Into<Seconds>) -> Self {
        self.stale_while_revalidate = window.into();
        self
    }

    /// For how long a stale response may be served when the origin fails, where
    /// the response does not say (RFC 5861 §4, RFC 9111 §4.2.4). None by default.
    #[must_use]
    pub fn stale_if_error(mut self, window: impl Into<Seconds>) -> Self {
        self.stale_if_error = window.into();
        self
    }

    /// How long 404, 405, 410, 414 and 501 are fresh when nothing says so, not
    /// even `Last-Modified`. Not at all by default.
    #[must_use]
    pub fn negative(mut self, lifetime: impl Into<Seconds>) -> Self {
        self.negative = lifetime.into();
        self
    }

    /// Nothing is fresh for longer, whatever it says. No such limit by default.
    #[must_use]
    pub fn longest_lifetime(mut self, cap: impl Into<Seconds>) -> Self {
        self.lifetime_cap = cap.into();
        self
    }

    /// Stores responses with `Set-Cookie` when they have explicit freshness, and
    /// hands the cookie to everybody, as RFC 9111 §7.3 lets a cache do.
    ///
    /// Users share a session if the origin forgets `private` but once.
    #[must_use]
    pub fn allow_set_cookie(mut self) -> Self {
        self.set_cookie = true;
        self
    }

    /// Stores responses to requests with `Authorization` even if they do not say
    /// `public`, `s-maxage` or `must-revalidate`, which RFC 9111 §3.5 asks for.
    ///
    /// Only where the origin checks nobody's rights: one user gets what
    /// another one may see.
    #[must_use]
    pub fn allow_authorization(mut self) -> Self {
        self.authorization = true;
        self
    }

    /// Does not obey `Cache-Control` and `Pragma` of requests, but for
    /// `only-if-cached` and `no-store`, so that a client cannot make the origin
    /// work. RFC 9111 §5.2.1 makes them advice.
    #[must_use]
    pub fn ignore_request_directives(mut self) -> Self {
        self.ignore_request_directives = true;
        self
    }

    /// Takes languages of the same weight in `Accept-Language` for equal, in
    /// whatever order they come, so that they share a variant.
    ///
    /// RFC 9110 §12.5.4 lets servers prefer the first one: turn this on only if
    /// the origin does not.
    #[must_use]
    pub fn ignore_language_order(mut self) -> Self {
        self.language_order = true;
        self
    }
}
