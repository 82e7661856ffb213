use buttress_session::StoreError;
use redis::{ErrorKind, RedisError, ServerErrorKind, Value};

/// What a failure of the client or the server means to a session.
pub(crate) fn store_error(error: RedisError) -> StoreError {
    match error.kind() {
        ErrorKind::Io => StoreError::unavailable(error),
        ErrorKind::Server(
            // It loads its data, has lost its primary, or is not the primary.
            ServerErrorKind::BusyLoading
            | ServerErrorKind::TryAgain
            | ServerErrorKind::ClusterDown
            | ServerErrorKind::MasterDown
            | ServerErrorKind::ReadOnly,
        ) => StoreError::unavailable(error),
        // It is full, or cannot write to its disk.
        _ if matches!(error.code(), Some("OOM" | "MISCONF")) => StoreError::unavailable(error),
        // The key holds something that is no record at all.
        _ if error.code() == Some("WRONGTYPE") => StoreError::corrupt(error),
        _ => StoreError::backend(error),
    }
}

/// A reply that none of our scripts makes.
pub(crate) fn unexpected(reply: &Value) -> StoreError {
    // A reply may hold what is in a session.
    let kind = match reply {
        Value::Nil => "nothing",
        Value::Int(_) => "a number",
        Value::Array(_) => "an array",
        Value::BulkString(_) | Value::SimpleString(_) => "a text",
        _ => "something else",
    };
    StoreError::backend(format!("Redis answered {kind} where that means nothing"))
}

pub(crate) fn corrupt() -> StoreError {
    StoreError::corrupt("its fields are not those of a session")
}
