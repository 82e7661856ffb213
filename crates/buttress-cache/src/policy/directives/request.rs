//! What a client asks of caches (RFC 9111 §5.2.1).

use super::lexer::{Directive, for_each};
use crate::policy::Seconds;
use http::{HeaderMap, header};

/// The directives of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestDirectives {
    /// `no-cache`, or `Pragma: no-cache` where there is no `Cache-Control`.
    pub no_cache: bool,
    /// `no-store`
    pub no_store: bool,
    /// `only-if-cached`
    pub only_if_cached: bool,
    /// `max-age`: at most this old.
    pub max_age: Option<Seconds>,
    /// `min-fresh`: fresh for at least this time.
    pub min_fresh: Seconds,
    /// `max-stale`: stale for at most this time; [`Seconds::MAX`] is for any.
    pub max_stale: Option<Seconds>,
    /// `stale-if-error` (RFC 5861 §4).
    pub stale_if_error: Option<Seconds>,
}

impl RequestDirectives {
    /// Reads all lines of the field. Of one that is there twice the stricter
    /// counts, and of a number that is none the strictest.
    #[must_use]
    pub fn parse(headers: &HeaderMap) -> Self {
        let mut parsed = Self::default();
        for_each(headers, &header::CACHE_CONTROL, |directive| {
            parsed.add(directive);
        });
        if !headers.contains_key(header::CACHE_CONTROL) {
            // RFC 9111 §5.4 has no use for it; clients of HTTP/1.0 have.
            for_each(headers, &header::PRAGMA, |directive| {
                parsed.no_cache |= directive.is("no-cache");
            });
        }
        parsed
    }

    fn add(&mut self, directive: &Directive<'_>) {
        let seconds = directive.seconds();
        if directive.is("no-cache") {
            self.no_cache = true;
        } else if directive.is("no-store") {
            self.no_store = true;
        } else if directive.is("only-if-cached") {
            self.only_if_cached = true;
        } else if directive.is("max-age") {
            stricter(&mut self.max_age, seconds.unwrap_or_default());
        } else if directive.is("min-fresh") {
            self.min_fresh = self.min_fresh.max(seconds.unwrap_or_default());
        } else if directive.is("max-stale") {
            let any = directive.argument.is_none().then_some(Seconds::MAX);
            stricter(&mut self.max_stale, seconds.or(any).unwrap_or_default());
        } else if directive.is("stale-if-error") {
            stricter(&mut self.stale_if_error, seconds.unwrap_or_default());
        }
    }
}

/// Keeps the lesser one.
pub(super) fn stricter(slot: &mut Option<Seconds>, seconds: Seconds) {
    *slot = Some(slot.map_or(seconds, |earlier| earlier.min(seconds)));
}
