use redis::{RedisError, Value};
use std::{error::Error, fmt};
use tokio::time::error::Elapsed;

/// Why a command came to nothing.
#[derive(Debug)]
pub(crate) enum Failure {
    /// There is no connection.
    Down,
    /// No answer by the deadline.
    Late,
    /// The connection broke.
    Lost(RedisError),
    /// Redis would not: its memory is full, or a key holds something else.
    Refused(RedisError),
    /// An answer that none of our scripts gives.
    Nonsense,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Down => "Redis is not reachable",
            Self::Late => "Redis did not answer by the deadline",
            Self::Lost(_) => "the connection to Redis broke",
            Self::Refused(_) => "Redis refused a command",
            Self::Nonsense => "Redis answered something that means nothing there",
        })
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Lost(error) | Self::Refused(error) => Some(error),
            _ => None,
        }
    }
}

impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        match error.is_io_error() || error.is_connection_dropped() {
            true => Self::Lost(error),
            false => Self::Refused(error),
        }
    }
}

impl From<Elapsed> for Failure {
    fn from(_: Elapsed) -> Self {
        Self::Late
    }
}

/// What a reply should have been, or nonsense.
pub(crate) fn sense<T>(reply: Value, read: impl FnOnce(Value) -> Option<T>) -> Result<T, Failure> {
    read(reply).ok_or(Failure::Nonsense)
}
