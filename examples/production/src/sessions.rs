//! Stands in for buttress-session until that is here: ids in a cookie, data in
//! this process's memory. It keeps what matters to the routes (random ids,
//! none taken over from the client, a bound, one key set at a time) and has
//! none of the rest: no store that processes share, no expiry, no `Secure`.

use axum::http::{HeaderMap, HeaderValue, header};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

const COOKIE: &str = "sid";
const MOST_SESSIONS: usize = 10_000;

/// All sessions. At the bound the oldest makes room for a new one.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<Table>);

#[derive(Default)]
struct Table {
    sessions: HashMap<Id, Session>,
    /// The oldest first. May name sessions that ended since.
    order: VecDeque<Id>,
}

/// What one visitor's session holds.
#[derive(Clone, Default)]
pub(crate) struct Session {
    pub(crate) user: Option<String>,
    /// The numbers of the keys `k0` to `k19` that are set.
    pub(crate) keys: BTreeSet<u8>,
}

/// 128 random bits, so that nobody guesses the id of somebody else.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Id(u128);

impl Sessions {
    /// Starts a session under an id that no client has seen before.
    pub(crate) fn create(&self, session: Session) -> Result<Id, getrandom::Error> {
        let mut random = [0; 16];
        getrandom::fill(&mut random)?;
        let id = Id(u128::from_ne_bytes(random));
        let mut table = self.table();
        if table.order.len() >= MOST_SESSIONS {
            if let Some(oldest) = table.order.pop_front() {
                table.sessions.remove(&oldest);
            }
        }
        table.order.push_back(id);
        table.sessions.insert(id, session);
        Ok(id)
    }

    pub(crate) fn load(&self, id: Id) -> Option<Session> {
        self.table().sessions.get(&id).cloned()
    }

    /// Whether there still was a session to set the key in. One that ended
    /// meanwhile stays ended.
    pub(crate) fn set(&self, id: Id, key: u8) -> bool {
        match self.table().sessions.get_mut(&id) {
            Some(session) => {
                session.keys.insert(key);
                true
            }
            None => false,
        }
    }

    pub(crate) fn end(&self, id: Id) {
        self.table().sessions.remove(&id);
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // Nothing panics while it holds the lock, so the data behind a
        // poisoned one is as good as ever.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Id {
    /// The id that the client sent, if it sent a well-formed one. Whether there
    /// is a session of that id is for [`Sessions::load`] to say.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        headers
            .get_all(header::COOKIE)
            .iter()
            // As bytes: a cookie of some other app may hold any.
            .flat_map(|line| line.as_bytes().split(|&byte| byte == b';'))
            .filter_map(|pair| {
                let pair = std::str::from_utf8(pair).ok()?.trim();
                pair.strip_prefix(COOKIE)?.strip_prefix('=')
            })
            .filter(|id| id.len() == 32)
            .find_map(|id| u128::from_str_radix(id, 16).ok())
            .map(Self)
    }

    pub(crate) fn cookie(self) -> HeaderValue {
        set_cookie(&format!("{:032x}", self.0), "")
    }

    /// Makes the client forget its id.
    pub(crate) fn removal_cookie() -> HeaderValue {
        set_cookie("", "; Max-Age=0")
    }
}

fn set_cookie(value: &str, more: &str) -> HeaderValue {
    HeaderValue::try_from(format!(
        "{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax{more}"
    ))
    .expect("made of visible ASCII characters only")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_session_makes_room_at_the_bound() {
        let sessions = Sessions::default();
        let create = || sessions.create(Session::default()).unwrap();
        let first = create();
        let second = create();
        for _ in 2..=MOST_SESSIONS {
            create();
        }
        assert!(sessions.load(first).is_none());
        assert!(sessions.load(second).is_some());
        assert_eq!(sessions.table().sessions.len(), MOST_SESSIONS);
    }

    #[test]
    fn a_session_that_ended_takes_no_more_keys() {
        let sessions = Sessions::default();
        let id = sessions.create(Session::default()).unwrap();
        assert!(sessions.set(id, 3));
        sessions.end(id);
        assert!(!sessions.set(id, 4));
        assert!(sessions.load(id).is_none());
    }

    #[test]
    fn the_first_well_formed_id_among_other_cookies_is_taken() {
        let mut headers = HeaderMap::new();
        let lines = [
            &b"\xff=\xfe; sid=short; sid2=00000000000000000000000000000009"[..],
            b"a=b; sid=0000000000000000000000000000000a; sid=0000000000000000000000000000000b",
        ];
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        assert!(Id::of(&headers) == Some(Id(10)));
        assert!(Id::of(&HeaderMap::new()).is_none());
    }
}
