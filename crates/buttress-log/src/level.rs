//! How much a line matters.

use crate::{Outcome, Record};
use http::StatusCode;
use tracing::Level;

/// `ERROR` for failures of the server, `WARN` for those of the client and for what is
/// slow, `INFO` for the rest.
pub(crate) fn by_default(record: &Record<'_>) -> Level {
    let status = record.status();
    if record.outcome() == Outcome::Error
        || status.is_some_and(|status| status.is_server_error())
        || record.grpc_status().is_some_and(is_server_error_of_grpc)
    {
        Level::ERROR
    } else if status.is_some_and(|status: StatusCode| status.is_client_error()) || record.is_slow()
    {
        Level::WARN
    } else {
        Level::INFO
    }
}

/// As OpenTelemetry's conventions for servers have it: UNKNOWN, DEADLINE_EXCEEDED,
/// UNIMPLEMENTED, INTERNAL, UNAVAILABLE and DATA_LOSS.
fn is_server_error_of_grpc(status: u16) -> bool {
    matches!(status, 2 | 4 | 12..=15)
}

/// The more verbose, the higher.
pub(crate) fn to_number(level: Level) -> u8 {
    match level {
        Level::ERROR => 0,
        Level::WARN => 1,
        Level::INFO => 2,
        Level::DEBUG => 3,
        Level::TRACE => 4,
    }
}

pub(crate) fn from_number(number: u8) -> Level {
    match number {
        0 => Level::ERROR,
        1 => Level::WARN,
        2 => Level::INFO,
        3 => Level::DEBUG,
        _ => Level::TRACE,
    }
}
