use buttress_session::{Entries, Name, Op, Snapshot, StoreError};
use serde_json::{Map, Value, json};
use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};
use time::OffsetDateTime;

/// A record of tower-sessions, whichever version of it.
#[derive(Clone, Debug)]
#[doc(hidden)]
pub struct Record {
    /// The id.
    pub id: i128,
    /// What it holds.
    pub data: HashMap<String, Value>,
    /// When it ends.
    pub expiry_date: OffsetDateTime,
}

/// The entry in which a record keeps what is ours. Code of tower-sessions that
/// writes the session leaves it as it is.
const OWN: &str = "_buttress";
/// The entry in which one of our sessions keeps when tower-sessions wants it to end.
const EXPIRES: &str = "_tower_sessions";

/// What tower-sessions knows nothing of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Own {
    pub(crate) version: u64,
    pub(crate) created: SystemTime,
}

impl Record {
    pub(crate) fn own(&self) -> Option<Own> {
        let own = self.data.get(OWN)?;
        let created = Duration::from_millis(own.get("created")?.as_u64()?);
        Some(Own {
            version: own.get("version")?.as_u64()?,
            created: SystemTime::UNIX_EPOCH.checked_add(created)?,
        })
    }

    pub(crate) fn set_own(&mut self, own: Own) {
        let since = own.created.duration_since(SystemTime::UNIX_EPOCH);
        let millis = u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX);
        let own = json!({ "version": own.version, "created": millis });
        self.data.insert(OWN.to_owned(), own);
    }

    pub(crate) fn is_over(&self, now: SystemTime) -> bool {
        self.expiry_date <= OffsetDateTime::from(now)
    }

    pub(crate) fn apply(&mut self, ops: &[Op]) -> Result<(), StoreError> {
        for op in ops {
            match op {
                Op::Set { name, value } => {
                    let value = serde_json::from_slice(value).map_err(StoreError::backend)?;
                    self.data.insert(name.to_string(), value);
                }
                Op::Remove { name } => {
                    self.data.remove(&**name);
                }
                Op::Clear => self.data.retain(|name, _| name == OWN),
            }
        }
        Ok(())
    }

    pub(crate) fn entries(&self) -> Entries {
        let entries = self.data.iter().filter(|(name, _)| *name != OWN);
        entries
            .map(|(name, value)| (Name::from(name.clone()), value.to_string().into()))
            .collect()
    }

    /// The operations that make one of our sessions of it.
    pub(crate) fn ops(&self) -> Vec<Op> {
        let expires = json!(self.expiry_date.unix_timestamp_nanos().to_string());
        let mut ops = vec![Op::Clear, Op::set(EXPIRES, expires.to_string())];
        let entries = self.data.iter();
        ops.extend(entries.map(|(name, value)| Op::set(name.clone(), value.to_string())));
        ops
    }

    /// What tower-sessions sees of one of our sessions.
    pub(crate) fn of(id: i128, snapshot: &Snapshot) -> Result<Self, StoreError> {
        let json = snapshot.entries.to_json()?;
        let mut data: Map<_, _> = serde_json::from_slice(&json).map_err(StoreError::corrupt)?;
        // Without it the session was not made by tower-sessions, which takes the end
        // of a record that it loads for what it was told, and sets it anew.
        let expires = data.remove(EXPIRES);
        let nanos = expires.as_ref().and_then(Value::as_str);
        let nanos = nanos.and_then(|nanos| nanos.parse::<i128>().ok());
        let expires = nanos.and_then(|it| OffsetDateTime::from_unix_timestamp_nanos(it).ok());
        let later = || OffsetDateTime::now_utc() + time::Duration::weeks(2);
        Ok(Self {
            id,
            data: data.into_iter().collect(),
            expiry_date: expires.unwrap_or_else(later),
        })
    }
}
