//! How long a response is fresh (RFC 9111 §4.2.1, §4.2.2), and how it may be used
//! after that (§4.2.4).

use super::{
    Exchange, Freshness, Metadata, Policy, ResponseDirectives, Revalidation, Seconds, Timestamp,
    age, date,
    response::{ResponseTerms, is_heuristically_cacheable, is_negative},
};
use http::{HeaderMap, StatusCode, header};

impl Policy {
    /// What the fields of a stored response say of its freshness, whatever was made
    /// of it since.
    #[must_use]
    pub fn by_fields(&self, stored: &Metadata) -> Freshness {
        let received = stored.freshness.received;
        let exchange = Exchange {
            requested: received,
            received,
        };
        let response = ResponseTerms::read(self, &stored.headers);
        self.freshness(stored.status, &stored.headers, &response, exchange)
    }

    pub(super) fn freshness(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        response: &ResponseTerms,
        exchange: Exchange,
    ) -> Freshness {
        let directives = &response.directives;
        let revalidation = self.revalidation(directives);
        let lifetime = self.lifetime(status, headers, response, exchange.received);
        let window = |written, default| self.window(directives, written, default);
        Freshness {
            received: exchange.received,
            initial_age: age::initial_age(headers, exchange),
            lifetime: lifetime.min(self.lifetime_cap),
            stale_while_revalidate: window(
                directives.stale_while_revalidate,
                self.stale_while_revalidate,
            ),
            stale_if_error: window(directives.stale_if_error, self.stale_if_error),
            revalidation,
            immutable: directives.immutable,
        }
    }

    fn revalidation(&self, directives: &ResponseDirectives) -> Revalidation {
        let is_strict = self.is_strict(directives);
        if directives.no_cache {
            Revalidation::Always
        } else if is_strict || self.shared && directives.s_maxage.is_some() {
            Revalidation::WhenStale
        } else {
            Revalidation::Lenient
        }
    }

    fn is_strict(&self, directives: &ResponseDirectives) -> bool {
        directives.must_revalidate || self.shared && directives.proxy_revalidate
    }

    /// For how long a stale response may be used. `s-maxage` forbids that as well
    /// (RFC 9111 §5.2.2.10), but who writes a window beside it means it.
    fn window(
        &self,
        directives: &ResponseDirectives,
        written: Option<Seconds>,
        default: Seconds,
    ) -> Seconds {
        if directives.no_cache || self.is_strict(directives) {
            Seconds::ZERO
        } else if self.shared && directives.s_maxage.is_some() {
            written.unwrap_or_default()
        } else {
            written.unwrap_or(default)
        }
    }

    /// `freshness_lifetime` (RFC 9111 §4.2.1, §4.2.2).
    fn lifetime(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        response: &ResponseTerms,
        received: Timestamp,
    ) -> Seconds {
        let directives = &response.directives;
        let shared = directives.s_maxage.filter(|_| self.shared);
        let written = shared.or(directives.max_age);
        let written = written.or_else(|| response.expires(headers, received));
        written.unwrap_or_else(|| self.heuristic_lifetime(status, headers, response, received))
    }

    fn heuristic_lifetime(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        response: &ResponseTerms,
        received: Timestamp,
    ) -> Seconds {
        if !is_heuristically_cacheable(status) && !response.directives.public {
            return Seconds::ZERO;
        }
        let modified = headers.get(header::LAST_MODIFIED);
        match modified.and_then(|date| date::parse_date(date.as_bytes(), received)) {
            Some(modified) => {
                let unchanged = age::date(headers, received).since(modified).get();
                let percent = u64::from(unchanged) * u64::from(self.heuristic_percent);
                Seconds::new(percent / 100).min(self.heuristic_cap)
            }
            None if is_negative(status) => self.negative,
            None => Seconds::ZERO,
        }
    }
}
