//! Whether a stored response answers a request.

use super::{ForwardReason, Freshness, Policy, RequestTerms, Revalidation, Seconds, Timestamp};

/// What to do with a request for which something is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// Serve it.
    Fresh {
        /// How old it is.
        age: Seconds,
    },
    /// Serve it, although it is stale: the client allows it (`max-stale`).
    Stale {
        /// How old it is.
        age: Seconds,
    },
    /// Serve it, and refresh it meanwhile (RFC 5861 §3).
    StaleWhileRevalidate {
        /// How old it is.
        age: Seconds,
    },
    /// Ask the origin, with [`Metadata::make_conditional`](super::Metadata::make_conditional);
    /// if it fails ask [`Policy::on_error`].
    Validate {
        /// Why, for `Cache-Status`.
        reason: ForwardReason,
    },
    /// Answer 504: the client wants only what is here, and that does not do (RFC
    /// 9111 §5.2.1.7).
    GatewayTimeout,
}

impl Policy {
    /// Whether what is stored under the key of a request answers it now.
    ///
    /// For requests of [`Disposition::Cache`](super::Disposition::Cache). Vary is
    /// not looked at: the entry has to be the variant for this request.
    #[must_use]
    pub fn lookup(&self, request: &RequestTerms, stored: &Freshness, now: Timestamp) -> Decision {
        let wish = &request.directives;
        let age = stored.age(now);
        let reason = if wish.no_cache || wish.max_age.is_some_and(|most| most < age) {
            ForwardReason::Request
        } else if stored.revalidation == Revalidation::Always || !stored.is_fresh(now) {
            ForwardReason::Stale
        } else if stored.remaining(now) < wish.min_fresh {
            ForwardReason::Request
        } else {
            return Decision::Fresh { age };
        };
        if reason == ForwardReason::Stale && stored.revalidation != Revalidation::Always {
            let staleness = stored.staleness(now);
            let is_lenient = stored.revalidation == Revalidation::Lenient;
            if is_lenient && wish.max_stale.is_some_and(|most| staleness <= most) {
                return Decision::Stale { age };
            }
            if staleness < stored.stale_while_revalidate {
                return Decision::StaleWhileRevalidate { age };
            }
        }
        if wish.only_if_cached {
            Decision::GatewayTimeout
        } else {
            Decision::Validate { reason }
        }
    }

    /// What to do with a request for which nothing is stored: `None` is to
    /// forward it.
    #[must_use]
    pub fn miss(&self, request: &RequestTerms) -> Option<Decision> {
        let refuses = request.directives.only_if_cached;
        refuses.then_some(Decision::GatewayTimeout)
    }

    /// Whether a stale response may stand in for an origin that failed: with an
    /// error, a timeout, or a 500, 502, 503 or 504 (RFC 5861 §4). Its age if so.
    #[must_use]
    pub fn on_error(
        &self,
        request: &RequestTerms,
        stored: &Freshness,
        now: Timestamp,
    ) -> Option<Seconds> {
        let wish = request.directives.stale_if_error;
        let window = match stored.revalidation {
            Revalidation::Lenient => stored.stale_if_error.max(wish.unwrap_or_default()),
            Revalidation::WhenStale => stored.stale_if_error,
            Revalidation::Always => return None,
        };
        let is_allowed = !request.directives.no_cache && stored.staleness(now) < window;
        is_allowed.then(|| stored.age(now))
    }

    /// Whether a response counts as a failure of the origin for
    /// [`on_error`](Self::on_error).
    #[must_use]
    pub fn is_failure(&self, status: http::StatusCode) -> bool {
        matches!(status.as_u16(), 500 | 502 | 503 | 504)
    }
}
