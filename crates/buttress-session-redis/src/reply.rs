//! What the scripts answer.

use crate::{
    error::{corrupt, unexpected},
    key,
};
use buttress_session::{Committed, Created, Entries, OwnedSession, Rotated, Snapshot, StoreError};
use redis::Value;
use std::time::{Duration, SystemTime};

/// What came of a script that writes.
pub(crate) enum Written {
    Version(u64),
    Conflict,
    Gone,
    Exists,
}

pub(crate) fn written(reply: &Value) -> Result<Written, StoreError> {
    match (reply, text(reply)) {
        (Value::Int(version), _) => Ok(Written::Version(number(*version)?)),
        (_, Some("conflict")) => Ok(Written::Conflict),
        (_, Some("gone")) => Ok(Written::Gone),
        (_, Some("exists")) => Ok(Written::Exists),
        (_, Some("corrupt")) => Err(corrupt()),
        (_, Some("large")) => Err(StoreError::too_large(
            "the session is larger than `session_bytes` of the store",
        )),
        _ => Err(unexpected(reply)),
    }
}

/// Whether there was such a session.
pub(crate) fn was_there(reply: &Value) -> Result<bool, StoreError> {
    match (reply, text(reply)) {
        (Value::Int(count), _) => Ok(*count != 0),
        (_, Some("corrupt")) => Err(corrupt()),
        _ => Err(unexpected(reply)),
    }
}

pub(crate) fn count(reply: &Value) -> Result<u64, StoreError> {
    match reply {
        Value::Int(count) => number(*count),
        _ => Err(unexpected(reply)),
    }
}

pub(crate) fn snapshot(reply: Value) -> Result<Option<Snapshot>, StoreError> {
    match reply {
        Value::Nil => Ok(None),
        Value::Array(fields) => fields_of_record(fields).map(Some),
        reply if text(&reply) == Some("corrupt") => Err(corrupt()),
        reply => Err(unexpected(&reply)),
    }
}

/// Names and values by turns.
fn fields_of_record(fields: Vec<Value>) -> Result<Snapshot, StoreError> {
    let (mut entries, mut created, mut version, mut owner) = (Vec::new(), None, None, None);
    let mut fields = fields.into_iter();
    while let (Some(name), Some(value)) = (fields.next(), fields.next()) {
        let (Value::BulkString(name), Value::BulkString(value)) = (name, value) else {
            return Err(corrupt());
        };
        let mut name = String::from_utf8(name).map_err(StoreError::corrupt)?;
        match &*name {
            "m" => created = Some(time(parse(&value)?)),
            "v" => version = Some(parse(&value)?),
            "o" => {
                owner = Some(
                    String::from_utf8(value)
                        .map_err(StoreError::corrupt)?
                        .into(),
                )
            }
            _ if name.starts_with('=') => {
                name.remove(0);
                entries.push((name.into(), value.into()));
            }
            // What the scripts alone look at.
            _ => {}
        }
    }
    let (created, version) = (created.ok_or_else(corrupt)?, version.ok_or_else(corrupt)?);
    Ok(Snapshot::new(Entries::from_iter(entries), version, created).owner(owner))
}

/// Keys of records and times of creation by turns.
pub(crate) fn owned(reply: Value, prefix: &str) -> Result<Vec<OwnedSession>, StoreError> {
    let Value::Array(items) = reply else {
        return Err(unexpected(&reply));
    };
    let pairs = items.chunks_exact(2);
    pairs
        .map(|pair| {
            let key = text(&pair[0]).and_then(|key| key::parse(prefix, key));
            let created = match pair[1] {
                Value::Int(created) => time(number(created)?),
                _ => return Err(corrupt()),
            };
            Ok(OwnedSession::new(key.ok_or_else(corrupt)?, created))
        })
        .collect()
}

impl From<Written> for Created {
    fn from(written: Written) -> Self {
        match written {
            Written::Version(_) => Self::Created,
            _ => Self::Exists,
        }
    }
}

impl From<Written> for Committed {
    fn from(written: Written) -> Self {
        match written {
            Written::Version(version) => Self::Applied { version },
            Written::Conflict => Self::Conflict,
            Written::Gone | Written::Exists => Self::Gone,
        }
    }
}

impl From<Written> for Rotated {
    fn from(written: Written) -> Self {
        match written {
            Written::Version(version) => Self::Applied { version },
            Written::Conflict => Self::Conflict,
            Written::Gone => Self::Gone,
            Written::Exists => Self::Exists,
        }
    }
}

fn text(reply: &Value) -> Option<&str> {
    match reply {
        Value::BulkString(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}

fn parse(digits: &[u8]) -> Result<u64, StoreError> {
    let digits = std::str::from_utf8(digits).map_err(StoreError::corrupt)?;
    digits.parse().map_err(StoreError::corrupt)
}

fn number(int: i64) -> Result<u64, StoreError> {
    u64::try_from(int).map_err(StoreError::corrupt)
}

/// Milliseconds of the Unix epoch, as far as the clock goes.
fn time(millis: u64) -> SystemTime {
    let since = Duration::from_millis(millis);
    SystemTime::UNIX_EPOCH
        .checked_add(since)
        .unwrap_or(SystemTime::UNIX_EPOCH)
}
