//! The head of a stored response.

use super::{CacheGroups, Freshness, NoVarySearch, Vary, conditional};
use http::{HeaderMap, StatusCode, header};

/// What is kept of a response beside its body.
///
/// `headers` are those to serve: without connection's and proxies' fields, with
/// a `Date`, and with a place for `Age`, whose value [`answer`](super::answer())
/// sets. Status, headers and [`Freshness`] are all there is; another process can
/// make it anew from them.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// The status code.
    pub status: StatusCode,
    /// The header fields.
    pub headers: HeaderMap,
    /// How long it answers.
    pub freshness: Freshness,
}

impl Metadata {
    /// Which requests it answers.
    #[must_use]
    pub fn vary(&self) -> Vary {
        Vary::parse(&self.headers)
    }

    /// Which queries it answers.
    #[must_use]
    pub fn no_vary_search(&self) -> NoVarySearch {
        NoVarySearch::parse(&self.headers)
    }

    /// The groups that it belongs to (RFC 9875 §2).
    #[must_use]
    pub fn groups(&self) -> CacheGroups {
        CacheGroups::of(&self.headers)
    }

    /// Whether the origin can be asked if it still holds.
    #[must_use]
    pub fn has_validator(&self) -> bool {
        has_validator(&self.headers)
    }

    /// Makes a request validate this response (RFC 9111 §4.3.1): its validators
    /// take the place of the client's preconditions, and a range is taken out.
    ///
    /// Answers false, with the request unconditional, where there is no validator.
    pub fn make_conditional(&self, request: &mut HeaderMap) -> bool {
        conditional::validate(&self.headers, request)
    }
}

pub(super) fn has_validator(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ETAG) || headers.contains_key(header::LAST_MODIFIED)
}
