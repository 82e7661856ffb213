//! Whether a stored response answers a request.

use super::{
    ForwardReason, Freshness, Policy, RequestDirectives, RequestTerms, Revalidation, Seconds,
    Timestamp,
};

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
        let age = stored.age(now);
        match objection(&request.directives, stored, now) {
            None => Decision::Fresh { age },
            Some(ForwardReason::Stale) if is_wanted_stale(&request.directives, stored, now) => {
                Decision::Stale { age }
            }
            Some(ForwardReason::Stale) if may_refresh_later(stored, now) => {
                Decision::StaleWhileRevalidate { age }
            }
            Some(_) if request.directives.only_if_cached => Decision::GatewayTimeout,
            Some(reason) => Decision::Validate { reason },
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

/// What speaks against serving what is stored as it is (RFC 9111 §4.2, §5.2.1).
fn objection(
    wish: &RequestDirectives,
    stored: &Freshness,
    now: Timestamp,
) -> Option<ForwardReason> {
    let is_reload = wish.max_age == Some(Seconds::ZERO);
    let is_too_old = wish.max_age.is_some_and(|most| most < stored.age(now));
    // Within the first second the age is zero as well, but a reload is meant.
    let is_refused = is_reload && !stored.immutable || is_too_old && !is_reload;
    if wish.no_cache || is_refused {
        Some(ForwardReason::Request)
    } else if stored.revalidation == Revalidation::Always || !stored.is_fresh(now) {
        Some(ForwardReason::Stale)
    } else if stored.remaining(now) < wish.min_fresh {
        Some(ForwardReason::Request)
    } else {
        None
    }
}

/// `max-stale`, where nothing forbids it (RFC 9111 §4.2.4).
fn is_wanted_stale(wish: &RequestDirectives, stored: &Freshness, now: Timestamp) -> bool {
    let is_allowed = stored.revalidation == Revalidation::Lenient;
    is_allowed
        && wish
            .max_stale
            .is_some_and(|most| stored.staleness(now) <= most)
}

fn may_refresh_later(stored: &Freshness, now: Timestamp) -> bool {
    let is_allowed = stored.revalidation != Revalidation::Always;
    is_allowed && stored.staleness(now) < stored.stale_while_revalidate
}
