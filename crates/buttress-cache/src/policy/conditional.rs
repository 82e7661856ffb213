//! Preconditions (RFC 9110 §13, RFC 9111 §4.3): those of clients, which a stored
//! response answers, and our own, which the origin answers.

use super::{Metadata, RequestTerms, Timestamp, age, date::parse_date, syntax::members};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{
        DATE, ETAG, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE,
        LAST_MODIFIED, RANGE,
    },
};

/// Whether a client has what is stored already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Precondition {
    /// It has not, or did not ask: send the response.
    Send,
    /// It has: 304.
    NotModified,
}

impl Precondition {
    /// Evaluates `If-None-Match`, or without it `If-Modified-Since`, against a
    /// stored response (RFC 9111 §4.3.2).
    #[must_use]
    pub fn evaluate(
        request: &RequestTerms,
        headers: &HeaderMap,
        stored: &Metadata,
        now: Timestamp,
    ) -> Self {
        // A precondition is for the answer that would be 200 without it (RFC
        // 9110 §13.2.1).
        if !request.conditional || stored.status != StatusCode::OK {
            return Self::Send;
        }
        let has_it = if headers.contains_key(IF_NONE_MATCH) {
            is_listed(headers, &stored.headers)
        } else {
            is_unmodified(headers, stored, now)
        };
        if has_it {
            Self::NotModified
        } else {
            Self::Send
        }
    }
}

/// `If-None-Match` against the stored tag, weakly (RFC 9110 §13.1.2).
fn is_listed(request: &HeaderMap, stored: &HeaderMap) -> bool {
    let current = stored.get(ETAG).map(|tag| opaque(tag.as_bytes()));
    request
        .get_all(IF_NONE_MATCH)
        .into_iter()
        .flat_map(|line| members(line.as_bytes()))
        .any(|tag| tag == b"*" || current.is_some_and(|current| opaque(tag) == current))
}

/// `If-Modified-Since` (RFC 9110 §13.1.3) against `Last-Modified`, or against
/// the `Date` without it (RFC 9111 §4.3.2).
fn is_unmodified(request: &HeaderMap, stored: &Metadata, now: Timestamp) -> bool {
    let mut lines = request.get_all(IF_MODIFIED_SINCE).into_iter();
    let (Some(since), None) = (lines.next(), lines.next()) else {
        return false;
    };
    let Some(since) = parse_date(since.as_bytes(), now) else {
        return false;
    };
    let modified = stored.headers.get(LAST_MODIFIED);
    let modified = match modified {
        Some(modified) => parse_date(modified.as_bytes(), now),
        None => Some(age::date(&stored.headers, stored.freshness.received)),
    };
    modified.is_some_and(|modified| modified <= since)
}

/// Whether `If-Range` allows a range of the stored response: there is none, or it
/// names this version by a strong validator (RFC 9110 §13.1.5).
pub(super) fn allows_range(request: &HeaderMap, stored: &Metadata, now: Timestamp) -> bool {
    let mut lines = request.get_all(IF_RANGE).into_iter();
    let (validator, other) = (lines.next(), lines.next());
    let Some(validator) = validator else {
        return true;
    };
    let value = validator.as_bytes();
    let is_one = other.is_none();
    if value.ends_with(b"\"") {
        let current = stored.headers.get(ETAG);
        return is_one && is_strong(value) && current == Some(validator);
    }
    let modified = stored.headers.get(LAST_MODIFIED);
    is_one && modified == Some(validator) && is_strong_date(validator, stored, now)
}

/// A modification date is strong if the response was made at least a second later
/// (RFC 9110 §8.8.2.2): within that second there may have been two versions.
fn is_strong_date(modified: &HeaderValue, stored: &Metadata, now: Timestamp) -> bool {
    let made = stored.headers.get(DATE);
    let made = made.and_then(|made| parse_date(made.as_bytes(), now));
    let modified = parse_date(modified.as_bytes(), now);
    matches!((modified, made), (Some(modified), Some(made)) if modified < made)
}

/// Makes a request ask whether the stored response still holds (RFC 9111
/// §4.3.1).
///
/// The preconditions of the client give way to ours: the origin then either
/// confirms what is stored or sends all of something newer, and in both cases
/// the client's can be evaluated here. A range gives way as well, since a part of
/// something newer is of no use.
pub(super) fn validate(stored: &HeaderMap, request: &mut HeaderMap) -> bool {
    for name in [
        IF_MATCH,
        IF_NONE_MATCH,
        IF_MODIFIED_SINCE,
        IF_UNMODIFIED_SINCE,
        IF_RANGE,
        RANGE,
    ] {
        request.remove(name);
    }
    let tag = stored.get(ETAG);
    let modified = stored.get(LAST_MODIFIED);
    if let Some(tag) = tag {
        request.insert(IF_NONE_MATCH, tag.clone());
    }
    if let Some(modified) = modified {
        request.insert(IF_MODIFIED_SINCE, modified.clone());
    }
    tag.is_some() || modified.is_some()
}

/// Whether validators of a newer head, as far as it has any, are those of the
/// stored response (RFC 9111 §4.3.4).
pub(super) fn is_same_version(stored: &HeaderMap, newer: &HeaderMap) -> bool {
    if let (Some(new_tag), Some(tag)) = (newer.get(ETAG), stored.get(ETAG)) {
        let (new_tag, tag) = (new_tag.as_bytes(), tag.as_bytes());
        // A strong one is not that of a response which has a weak one. Servers that
        // compress make it weak, and leave the date as it is.
        let is_comparable = !is_strong(new_tag) || is_strong(tag) || {
            let modified = stored.get(LAST_MODIFIED);
            modified.is_some() && modified == newer.get(LAST_MODIFIED)
        };
        return is_comparable && opaque(new_tag) == opaque(tag);
    }
    match (newer.get(LAST_MODIFIED), stored.get(LAST_MODIFIED)) {
        (Some(newer), Some(stored)) => newer == stored,
        (Some(_), None) => false,
        // A tag alone that the stored response lacks is that of another one.
        (None, _) => !newer.contains_key(ETAG),
    }
}

fn is_strong(tag: &[u8]) -> bool {
    !tag.starts_with(b"W/")
}

/// What the weak comparison compares (RFC 9110 §8.8.3.2).
fn opaque(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}
