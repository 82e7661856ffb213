//! Counts records for the `metrics` facade.
//!
//! | metric | kind | labels |
//! |---|---|---|
//! | `http_server_requests_total` | counter | `method`, `route`, `status`, `outcome` |
//! | `http_server_request_duration_seconds` | histogram | `method`, `route` |
//! | `http_server_response_bytes_total` | counter | `route` |
//!
//! The number of series is bounded: routes are the app's own patterns, or `unmatched`,
//! and a method that RFC 9110 and RFC 5789 do not know is `_OTHER`.

use crate::Record;
use http::Method;

pub(crate) fn record(record: &Record<'_>) {
    let method = method(record.method());
    let route = record.route().unwrap_or("unmatched").to_owned();
    let status = record.status();
    let status = status.map_or_else(|| "none".to_owned(), |status| status.as_str().to_owned());
    let outcome = record.outcome().as_str();
    metrics::counter!(
        "http_server_requests_total",
        "method" => method, "route" => route.clone(), "status" => status, "outcome" => outcome,
    )
    .increment(1);
    metrics::histogram!(
        "http_server_request_duration_seconds",
        "method" => method, "route" => route.clone(),
    )
    .record(record.total_time().as_secs_f64());
    metrics::counter!("http_server_response_bytes_total", "route" => route)
        .increment(record.bytes());
}

fn method(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
    ];
    let known = KNOWN.into_iter().find(|known| *known == method.as_str());
    known.unwrap_or("_OTHER")
}
