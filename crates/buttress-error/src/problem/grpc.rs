//! Errors for gRPC clients, which look at `grpc-status` alone: a response of
//! headers only, in the protocol's words "Trailers-Only".

use super::Page;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE};
use std::fmt::Write;

const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

pub(super) fn write(page: &Page<'_>, headers: &mut HeaderMap) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(GRPC_STATUS, code(page.problem.status).into());
    let mut message = page.problem.detail.as_deref();
    if let Some(report) = page.debug {
        message = Some(report.message());
    }
    let mut message = message
        .unwrap_or_else(|| page.problem.title_or_reason())
        .to_owned();
    if let Some(id) = page.request_id {
        // A gRPC client shows its user nothing but this text.
        let _ = write!(message, " (request id {id})");
    }
    // Percent-encoding leaves visible ASCII alone, which is always valid.
    if let Ok(message) = HeaderValue::from_str(&percent_encoded(&message)) {
        headers.insert(GRPC_MESSAGE, message);
    }
}

/// The code that says of a call what the status says of a request. (The table
/// of gRPC for HTTP statuses is for clients that meet a proxy's answer.)
fn code(status: StatusCode) -> u16 {
    match status.as_u16() {
        499 => 1,             // CANCELLED
        400 | 415 | 422 => 3, // INVALID_ARGUMENT
        408 | 504 => 4,       // DEADLINE_EXCEEDED
        404 | 410 => 5,       // NOT_FOUND
        409 => 10,            // ABORTED
        403 => 7,             // PERMISSION_DENIED
        413 | 429 | 431 => 8, // RESOURCE_EXHAUSTED
        412 | 428 => 9,       // FAILED_PRECONDITION
        416 => 11,            // OUT_OF_RANGE
        405 | 501 => 12,      // UNIMPLEMENTED
        500 => 13,            // INTERNAL
        502 | 503 => 14,      // UNAVAILABLE
        401 => 16,            // UNAUTHENTICATED
        _ => 2,               // UNKNOWN
    }
}

/// As the gRPC protocol over HTTP/2 has it of `Status-Message`: all but visible
/// ASCII and the space is encoded, and so is `%`.
fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'%' => out.push_str("%25"),
            b' '..=b'~' => out.push(char::from(byte)),
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_visible_ascii_is_left() {
        assert_eq!(percent_encoded("50 % of ä\n"), "50 %25 of %C3%A4%0A");
    }

    proptest! {
        #[test]
        fn any_text_becomes_a_valid_field(text in any::<String>()) {
            prop_assert!(HeaderValue::from_str(&percent_encoded(&text)).is_ok());
        }
    }
}
