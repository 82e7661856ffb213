use super::{Session, handle::encode, state::Loaded};
use crate::{Error, store::Entries};
use serde::{Deserialize, Serialize};
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::UNIX_EPOCH,
};

/// A message for the next page, shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Flash {
    /// What kind of message it is: `info`, `error`, or what the app likes.
    pub level: String,
    /// What it says.
    pub text: String,
}

/// Each message is an entry of its own, so that two requests that leave one at
/// the same time do not clash.
const PREFIX: &str = "_flash.";

impl<T: 'static> Session<T> {
    /// Leaves a message for the next page, without a trip.
    ///
    /// # Errors
    ///
    /// If the head of the response has left.
    pub fn flash(&self, level: impl Into<String>, text: impl Into<String>) -> Result<(), Error> {
        let json = encode(&Flash {
            level: level.into(),
            text: text.into(),
        })?;
        let since = (self.scope.config.clock)().duration_since(UNIX_EPOCH);
        let millis = since.unwrap_or_default().as_millis();
        // In the order of time, and no name twice.
        let name = format!("{PREFIX}{millis:012x}.{:08x}", next_number()?);
        self.scope.with(|state| {
            state.open()?.changes.set(name.into(), json);
            Ok(())
        })
    }

    /// Takes all messages, the oldest first. Those that are not one any more are
    /// dropped.
    ///
    /// # Errors
    ///
    /// If the store fails, or the head of the response has left.
    pub async fn flashes(&self) -> Result<Vec<Flash>, Error> {
        self.load().await?;
        self.scope.with(|state| {
            let state = state.open()?;
            let entries = match &state.loaded {
                Loaded::Present(snapshot) => state.changes.over(&snapshot.entries),
                Loaded::Absent | Loaded::Unknown => state.changes.over(&Entries::default()),
            };
            let all = entries.iter().filter(|(name, _)| name.starts_with(PREFIX));
            let mut flashes = Vec::new();
            for (name, json) in all {
                flashes.extend(serde_json::from_slice::<Flash>(json));
                state.changes.remove(name.clone());
            }
            Ok(flashes)
        })
    }
}

/// Numbers that go up within a process, from a start of its own.
fn next_number() -> Result<u32, Error> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    if number > 0 {
        return Ok(number);
    }
    // Nobody sees two messages of one millisecond in a wrong order for this.
    let mut start = [0; 4];
    getrandom::fill(&mut start)?;
    let start = u32::from_le_bytes(start) >> 1;
    NEXT.fetch_max(start + 1, Ordering::Relaxed);
    Ok(start)
}
