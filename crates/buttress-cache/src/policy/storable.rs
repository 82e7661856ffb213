//! Whether a response may be stored (RFC 9111 §3), and what is kept of it.

use super::{
    Disposition, Metadata, Policy, RequestTerms, Seconds, Timestamp, Vary, date, fields,
    metadata::has_validator,
    response::{ResponseTerms, is_heuristically_cacheable},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::{error::Error, fmt};

/// When a request was sent to the origin, and when the head of the response came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// When the request was sent.
    pub requested: Timestamp,
    /// When the response came.
    pub received: Timestamp,
}

/// Why a response is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotStorable {
    /// The method is not GET or HEAD, or something about the request keeps the
    /// cache out.
    Request,
    /// The request or the response says `no-store`.
    NoStore,
    /// The response says `private`.
    Private,
    /// The request has `Authorization`, and the response does not say that it is
    /// for all (RFC 9111 §3.5).
    Authorization,
    /// The response has `Set-Cookie`.
    SetCookie,
    /// `Vary: *`: nobody knows whom it is for.
    VaryAny,
    /// The status is not final, or the response is not whole: 1xx, 206, 304.
    Status,
    /// It says `must-understand`, and the status code is not known (RFC 9111
    /// §5.2.2.3).
    NotUnderstood,
    /// It would be of no use: never fresh, nothing to validate it with, and no
    /// window in which it may be stale.
    NeverFresh,
}

impl NotStorable {
    /// A word for `Cache-Status` and for logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::NoStore => "no-store",
            Self::Private => "private",
            Self::Authorization => "authorization",
            Self::SetCookie => "set-cookie",
            Self::VaryAny => "vary-any",
            Self::Status => "status",
            Self::NotUnderstood => "must-understand",
            Self::NeverFresh => "never-fresh",
        }
    }
}

impl fmt::Display for NotStorable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the response is not stored: {}", self.as_str())
    }
}

impl Error for NotStorable {}

impl Policy {
    /// Judges a response to GET, and makes of it what is kept.
    ///
    /// # Errors
    ///
    /// Why it must not be stored, or why there is no point in it.
    pub fn store(
        &self,
        request: &RequestTerms,
        status: StatusCode,
        headers: &HeaderMap,
        exchange: Exchange,
    ) -> Result<Metadata, NotStorable> {
        self.store_for(request, status, headers, exchange, None)
    }

    /// The same with a lifetime of the app's own, which counts as written into
    /// the response in place of what is there.
    ///
    /// # Errors
    ///
    /// As [`store`](Self::store).
    pub fn store_for(
        &self,
        request: &RequestTerms,
        status: StatusCode,
        headers: &HeaderMap,
        exchange: Exchange,
        lifetime: Option<Seconds>,
    ) -> Result<Metadata, NotStorable> {
        let response = ResponseTerms::read(self, headers).lasting(lifetime);
        self.may_store(request, status, headers, &response)?;
        let metadata = self.keep(status, headers.clone(), &response, exchange);
        let is_useful = metadata.freshness.useless_at() > exchange.received;
        if is_useful || metadata.has_validator() {
            Ok(metadata)
        } else {
            Err(NotStorable::NeverFresh)
        }
    }

    /// Why [`store_for`](Self::store_for) would not store a response, if so, without
    /// making what would be kept of it.
    #[must_use]
    pub fn refusal(
        &self,
        request: &RequestTerms,
        status: StatusCode,
        headers: &HeaderMap,
        exchange: Exchange,
        lifetime: Option<Seconds>,
    ) -> Option<NotStorable> {
        // Most of what is not stored has none of the fields that a dozen looks by name
        // would be for.
        let nothing;
        let headers = match self.says_nothing(headers) {
            true => {
                nothing = HeaderMap::new();
                &nothing
            }
            false => headers,
        };
        let response = ResponseTerms::read(self, headers).lasting(lifetime);
        if let Err(why) = self.may_store(request, status, headers, &response) {
            return Some(why);
        }
        // Before fields are taken out, so that one which takes out its only validator
        // passes for storable.
        let is_useful = has_validator(headers) || {
            let freshness = self.freshness(status, headers, &response, exchange);
            freshness.useless_at() > exchange.received
        };
        (!is_useful).then_some(NotStorable::NeverFresh)
    }

    /// Whether none of these fields has a say in [`refusal`](Self::refusal).
    fn says_nothing(&self, headers: &HeaderMap) -> bool {
        headers.keys().all(|name| {
            let is_read = matches!(
                name.as_str(),
                "age"
                    | "cache-control"
                    | "date"
                    | "etag"
                    | "expires"
                    | "last-modified"
                    | "pragma"
                    | "set-cookie"
                    | "vary"
            );
            !is_read && !self.targeted.contains(name)
        })
    }

    /// RFC 9111 §3, in its order.
    pub(super) fn may_store(
        &self,
        request: &RequestTerms,
        status: StatusCode,
        headers: &HeaderMap,
        response: &ResponseTerms,
    ) -> Result<(), NotStorable> {
        let directives = &response.directives;
        if request.disposition != Disposition::Cache || request.head {
            return Err(NotStorable::Request);
        }
        if is_partial(status) {
            return Err(NotStorable::Status);
        }
        if directives.must_understand && !is_understood(status) {
            return Err(NotStorable::NotUnderstood);
        }
        // `must-understand` is for caches that know it, `no-store` for the rest.
        let no_store = directives.no_store && !directives.must_understand;
        if no_store || request.directives.no_store {
            return Err(NotStorable::NoStore);
        }
        if self.shared {
            self.may_share(request, headers, response)?;
        }
        if Vary::parse(headers) == Vary::Any {
            return Err(NotStorable::VaryAny);
        }
        if response.is_explicit(self, headers) || is_heuristically_cacheable(status) {
            Ok(())
        } else {
            Err(NotStorable::NeverFresh)
        }
    }

    fn may_share(
        &self,
        request: &RequestTerms,
        headers: &HeaderMap,
        response: &ResponseTerms,
    ) -> Result<(), NotStorable> {
        let directives = &response.directives;
        if directives.private {
            return Err(NotStorable::Private);
        }
        let is_for_all =
            directives.public || directives.s_maxage.is_some() || directives.must_revalidate;
        if request.authorization && !is_for_all && !self.authorization {
            return Err(NotStorable::Authorization);
        }
        let is_dropped = |name| {
            directives.no_cache_fields.contains(name) || directives.private_fields.contains(name)
        };
        let has_cookie =
            headers.contains_key(header::SET_COOKIE) && !is_dropped(&header::SET_COOKIE);
        let may_share_cookie = self.set_cookie && response.is_explicit(self, headers);
        if has_cookie && !may_share_cookie {
            return Err(NotStorable::SetCookie);
        }
        Ok(())
    }

    /// What is kept of a response that may be stored.
    pub(super) fn keep(
        &self,
        status: StatusCode,
        mut headers: HeaderMap,
        response: &ResponseTerms,
        exchange: Exchange,
    ) -> Metadata {
        let freshness = self.freshness(status, &headers, response, exchange);
        fields::strip(&mut headers, &response.directives, self.shared);
        if !headers.contains_key(header::DATE) {
            // RFC 9110 §6.6.1 asks whoever keeps a response to add it.
            let date = date::format_date(exchange.received);
            let date = HeaderValue::from_str(&date).expect("dates are ASCII");
            headers.insert(header::DATE, date);
        }
        // A hit then has nothing to add.
        headers.insert(header::AGE, HeaderValue::from_static("0"));
        Metadata {
            status,
            headers,
            freshness,
        }
    }
}

/// Statuses that are no answer to a request for the whole: interim ones, parts
/// (RFC 9111 §3.3), and what became of preconditions and ranges.
fn is_partial(status: StatusCode) -> bool {
    status.is_informational() || matches!(status.as_u16(), 206 | 304 | 412 | 416)
}

/// The final status codes of RFC 9110 §15 of which caching asks nothing else.
fn is_understood(status: StatusCode) -> bool {
    matches!(
        status.as_u16(),
        200..=205 | 300..=303 | 305 | 307 | 308 | 400..=411 | 413..=415 | 417 | 421 | 422 | 426 | 500..=505
    )
}
