//! `Age` (RFC 9111 §5.1) and how old a response is when it comes in (§4.2.3).

use super::{Exchange, Seconds, Timestamp, date::parse_date, directives::parse_seconds};
use http::{HeaderMap, header};

/// `corrected_initial_age`: the greater one of what `Date` and `Age` tell.
pub(super) fn initial_age(headers: &HeaderMap, exchange: Exchange) -> Seconds {
    let apparent = exchange.received.since(date(headers, exchange.received));
    let delay = exchange.received.since(exchange.requested);
    apparent.max(age(headers) + delay)
}

/// When the response was made: its `Date`, or when it was received if there is
/// none that can be read (RFC 9110 §6.6.1).
pub(super) fn date(headers: &HeaderMap, received: Timestamp) -> Timestamp {
    let date = headers.get(header::DATE);
    date.and_then(|date| parse_date(date.as_bytes(), received))
        .unwrap_or(received)
}

/// The first member of the first line (RFC 9111 §5.1); no number is no age.
fn age(headers: &HeaderMap) -> Seconds {
    let line = headers.get(header::AGE);
    let first = line.and_then(|line| line.as_bytes().split(|&byte| byte == b',').next());
    first
        .and_then(|first| parse_seconds(first.trim_ascii()))
        .unwrap_or_default()
}
