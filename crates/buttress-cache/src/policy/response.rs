//! What a response says, wherever it says it.

use super::{Policy, ResponseDirectives, Seconds, Timestamp, age, date, targeted::targeted};
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// The directives of a response and where they come from.
#[derive(Debug)]
pub(super) struct ResponseTerms {
    pub(super) directives: ResponseDirectives,
    /// They come from a targeted field, so that `Expires` does not count (RFC
    /// 9213 §2.2).
    is_targeted: bool,
}

impl ResponseTerms {
    pub(super) fn read(policy: &Policy, headers: &HeaderMap) -> Self {
        match targeted(headers, &policy.targeted) {
            Some(directives) => Self {
                directives,
                is_targeted: true,
            },
            None => Self {
                directives: ResponseDirectives::parse(headers),
                is_targeted: false,
            },
        }
    }

    /// The same with this lifetime in place of every other one.
    pub(super) fn lasting(mut self, lifetime: Option<Seconds>) -> Self {
        if lifetime.is_some() {
            self.directives.max_age = lifetime;
            self.directives.s_maxage = None;
        }
        self
    }

    /// Whether it says itself that it may be stored (RFC 9111 §3).
    pub(super) fn is_explicit(&self, policy: &Policy, headers: &HeaderMap) -> bool {
        let directives = &self.directives;
        directives.public
            || directives.max_age.is_some()
            || policy.shared && directives.s_maxage.is_some()
            || !policy.shared && directives.private
            || !self.is_targeted && headers.contains_key(header::EXPIRES)
    }

    /// The lifetime by `Expires`; what is no date lies in the past (RFC 9111
    /// §5.3), and of two lines the earlier one counts.
    pub(super) fn expires(&self, headers: &HeaderMap, received: Timestamp) -> Option<Seconds> {
        if self.is_targeted {
            return None;
        }
        let date = age::date(headers, received);
        let lines = headers.get_all(header::EXPIRES).into_iter();
        let lifetime = |line: &HeaderValue| {
            let expires = date::parse_date(line.as_bytes(), received);
            expires.map_or(Seconds::ZERO, |expires| expires.since(date))
        };
        lines.map(lifetime).min()
    }
}

/// RFC 9110 §15.1.
pub(super) fn is_heuristically_cacheable(status: StatusCode) -> bool {
    matches!(
        status.as_u16(),
        200 | 203 | 204 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 501
    )
}

pub(super) fn is_negative(status: StatusCode) -> bool {
    matches!(status.as_u16(), 404 | 405 | 410 | 414 | 501)
}
