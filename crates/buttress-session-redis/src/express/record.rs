use buttress_session::{Commit, Entries, Op, SameSite, Snapshot, StoreError};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A record of connect-redis: one JSON object, with an entry `cookie` that is
/// express-session's own.
pub(super) struct Record {
    cookie: Map<String, Value>,
    entries: Entries,
    /// Ours, where we were the last to write.
    own: Option<Own>,
    /// The version of what Express wrote: a number that comes of its bytes.
    foreign: u64,
}

/// What Express leaves out when it writes: it knows the fields of its cookie.
struct Own {
    version: u64,
    created: u64,
}

const COOKIE: &str = "cookie";
const OWN: &str = "buttress";
/// Above all versions that are counted, and within what JSON's numbers hold.
const FOREIGN: u64 = 1 << 52;

/// What Express says of its cookie when it sends it again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Attributes {
    pub(super) secure: bool,
    pub(super) same_site: Option<SameSite>,
}

impl Record {
    pub(super) fn parse(json: &[u8]) -> Result<Self, StoreError> {
        let mut entries = Entries::from_json(json)?;
        let cookie = entries.get(COOKIE).cloned().unwrap_or_default();
        // Express itself fails at a record without it.
        let mut cookie: Map<_, _> = serde_json::from_slice(&cookie).map_err(StoreError::corrupt)?;
        entries.remove(COOKIE);
        let own = cookie.remove(OWN);
        Ok(Self {
            cookie,
            entries,
            own: own.as_ref().and_then(Own::parse),
            foreign: FOREIGN | hash(json) >> 12,
        })
    }

    /// What `commit` makes of nothing.
    pub(super) fn create(
        commit: &Commit,
        attributes: Attributes,
        now: SystemTime,
    ) -> Result<Self, StoreError> {
        let mut cookie = Map::new();
        cookie.insert("originalMaxAge".into(), json!(millis(commit.ttl.idle)));
        cookie.insert("httpOnly".into(), json!(true));
        cookie.insert("path".into(), json!("/"));
        if attributes.secure {
            cookie.insert("secure".into(), json!(true));
        }
        if let Some(same_site) = attributes.same_site {
            cookie.insert("sameSite".into(), json!(name(same_site)));
        }
        let created = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let nothing = Self {
            cookie,
            entries: Entries::default(),
            own: Some(Own {
                version: 0,
                created: millis(created),
            }),
            foreign: 0,
        };
        nothing.apply(commit, now)
    }

    pub(super) fn apply(mut self, commit: &Commit, now: SystemTime) -> Result<Self, StoreError> {
        let is_reserved = |op: &Op| match op {
            Op::Set { name, .. } | Op::Remove { name } => name == COOKIE,
            Op::Clear => false,
        };
        if commit.ops.iter().any(is_reserved) {
            return Err(StoreError::unsupported("an entry named `cookie`"));
        }
        self.entries.apply(&commit.ops);
        // A cookie without an age is one until the browser is closed, and stays so.
        if self
            .cookie
            .get("originalMaxAge")
            .is_some_and(Value::is_number)
        {
            let expires = humantime::format_rfc3339_millis(now + commit.ttl.idle);
            self.cookie
                .insert("expires".into(), json!(expires.to_string()));
        }
        let created = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        self.own = Some(Own {
            version: self.version() + 1,
            created: self.own.map_or(millis(created), |own| own.created),
        });
        Ok(self)
    }

    pub(super) fn version(&self) -> u64 {
        self.own.as_ref().map_or(self.foreign, |own| own.version)
    }

    /// The bytes of all entries.
    pub(super) fn size(&self) -> usize {
        self.entries.size()
    }

    pub(super) fn snapshot(self, now: SystemTime) -> Snapshot {
        let version = self.version();
        let created = self.own.map(|own| Duration::from_millis(own.created));
        let created = created.and_then(|created| UNIX_EPOCH.checked_add(created));
        Snapshot::new(self.entries, version, created.unwrap_or(now))
    }

    pub(super) fn to_json(&self) -> Result<Vec<u8>, StoreError> {
        let mut cookie = self.cookie.clone();
        if let Some(own) = &self.own {
            let own = json!({ "version": own.version, "created": own.created });
            cookie.insert(OWN.into(), own);
        }
        let cookie = serde_json::to_vec(&cookie).map_err(StoreError::backend)?;
        let mut all = self.entries.clone();
        all.set(COOKIE.into(), cookie.into());
        all.to_json()
    }
}

impl Own {
    fn parse(value: &Value) -> Option<Self> {
        Some(Self {
            version: value.get("version")?.as_u64()?,
            created: value.get("created")?.as_u64()?,
        })
    }
}

fn hash(bytes: &[u8]) -> u64 {
    let digest = Sha256::digest(bytes);
    digest[..8]
        .iter()
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

fn name(same_site: SameSite) -> &'static str {
    match same_site {
        SameSite::Strict => "strict",
        SameSite::Lax => "lax",
        SameSite::None => "none",
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use buttress_session::Ttl;
    use proptest::prelude::*;

    const EXPRESS: &str = r#"{"cookie":{"originalMaxAge":60000,"expires":"2030-01-01T00:00:00.000Z","httpOnly":true,"path":"/","priority":"high"},"user":{"id":7},"price":1.10}"#;

    fn set(name: &'static str, value: &'static str) -> Commit {
        let ttl = Ttl::idle(Duration::from_secs(60));
        Commit::new(ttl).ops(vec![Op::set(name, value)])
    }

    fn text(record: &Record) -> String {
        String::from_utf8(record.to_json().unwrap()).unwrap()
    }

    #[test]
    fn what_express_wrote_stays_but_for_what_was_changed() {
        let record = Record::parse(EXPRESS.as_bytes()).unwrap();
        let before = record.version();
        let now = UNIX_EPOCH + Duration::from_secs(1_900_000_000);
        let record = record.apply(&set("cart", "[ ]"), now).unwrap();
        assert_eq!(record.version(), before + 1);
        let json = text(&record);
        for part in [
            r#""user":{"id":7}"#,
            r#""price":1.10"#,
            r#""cart":[ ]"#,
            r#""priority":"high""#,
            r#""expires":"2030-03-17T17:47:40.000Z""#,
        ] {
            assert!(json.contains(part), "{part} in {json}");
        }
        let again = Record::parse(json.as_bytes()).unwrap();
        assert_eq!(again.version(), before + 1);
        assert_eq!(again.snapshot(UNIX_EPOCH).created, now);
    }

    #[test]
    fn any_change_of_express_is_another_version() {
        let version = |json: &str| Record::parse(json.as_bytes()).unwrap().version();
        let other = EXPRESS.replace("7", "8");
        assert_ne!(version(EXPRESS), version(&other));
        assert_eq!(version(EXPRESS), version(EXPRESS));
    }

    #[test]
    fn a_cookie_without_an_age_keeps_none() {
        let json = r#"{"cookie":{"originalMaxAge":null,"expires":null,"path":"/"}}"#;
        let record = Record::parse(json.as_bytes()).unwrap();
        let record = record.apply(&set("a", "1"), UNIX_EPOCH).unwrap();
        assert!(text(&record).contains(r#""expires":null"#));
    }

    #[test]
    fn the_cookie_is_express_own() {
        let record = Record::parse(EXPRESS.as_bytes()).unwrap();
        assert!(record.apply(&set("cookie", "1"), UNIX_EPOCH).is_err());
    }

    proptest! {
        #[test]
        fn anything_is_parsed_without_a_panic(json in ".{0,60}") {
            let _ = Record::parse(json.as_bytes());
            let _ = Record::parse(format!(r#"{{"cookie":{json}}}"#).as_bytes());
        }
    }
}
