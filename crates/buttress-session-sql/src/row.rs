use buttress_session::{Commit, Entries, Name, OwnerChange, Snapshot, StoreError, Ttl};
use std::time::{Duration, SystemTime};

/// One record: a session, or what an old key still shows of it. Times are
/// milliseconds of the Unix epoch.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) version: i64,
    pub(crate) created: i64,
    pub(crate) ends: i64,
    pub(crate) owner: Option<String>,
    /// A JSON object.
    pub(crate) entries: String,
    /// In an old record: where the session went.
    pub(crate) target: Option<String>,
}

/// As good as for ever, and far from the end of the numbers.
const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365 * 30);

impl Row {
    /// What `commit` makes of nothing.
    pub(crate) fn create(commit: &Commit, now: i64, limit: usize) -> Result<Self, StoreError> {
        let nothing = Self {
            version: 0,
            created: now,
            ends: now,
            owner: None,
            entries: "{}".to_owned(),
            target: None,
        };
        nothing.apply(commit, now, limit)
    }

    /// What `commit` makes of this, unless that is larger than `limit`.
    pub(crate) fn apply(
        mut self,
        commit: &Commit,
        now: i64,
        limit: usize,
    ) -> Result<Self, StoreError> {
        let mut entries = Entries::from_json(self.entries.as_bytes())?;
        entries.apply(&commit.ops);
        if entries.size() > limit {
            return Err(StoreError::too_large(
                "the session is larger than `session_bytes` of the store",
            ));
        }
        self.entries = String::from_utf8(entries.to_json()?).map_err(StoreError::corrupt)?;
        self.version += 1;
        match &commit.owner {
            OwnerChange::Keep => {}
            OwnerChange::Bind(owner) => self.owner = Some(owner.to_string()),
            OwnerChange::Unbind => self.owner = None,
        }
        self.ends = self.ends_with(commit.ttl, now);
        Ok(self)
    }

    /// When it ends if it is used now.
    pub(crate) fn ends_with(&self, ttl: Ttl, now: i64) -> i64 {
        let age = Duration::from_millis(u64::try_from(now - self.created).unwrap_or_default());
        now + millis(ttl.left(age))
    }

    /// When it ends from now on, if that is worth a write.
    pub(crate) fn prolonged(&self, ttl: Ttl, now: i64) -> Option<i64> {
        let ends = self.ends_with(ttl, now);
        let is_worth_it = ends < self.ends || ends - self.ends >= millis(ttl.slack()).max(1);
        (is_worth_it && self.target.is_none()).then_some(ends)
    }

    pub(crate) fn is_expected(&self, commit: &Commit) -> bool {
        let is_this = |version: u64| i64::try_from(version) == Ok(self.version);
        commit.expect.is_none_or(is_this)
    }

    pub(crate) fn version(&self) -> Result<u64, StoreError> {
        u64::try_from(self.version).map_err(StoreError::corrupt)
    }

    pub(crate) fn snapshot(self) -> Result<Snapshot, StoreError> {
        let entries = Entries::from_json(self.entries.as_bytes())?;
        let snapshot = Snapshot::new(entries, self.version()?, time(self.created)?);
        Ok(snapshot.owner(self.owner.map(Name::from)))
    }
}

/// Milliseconds, as far as a session lives.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.min(FAR).as_millis()).unwrap_or(i64::MAX)
}

/// The time by this machine's clock.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}

pub(crate) fn time(millis: i64) -> Result<SystemTime, StoreError> {
    let millis = u64::try_from(millis).map_err(StoreError::corrupt)?;
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis));
    time.ok_or_else(|| StoreError::corrupt("it was created after the end of time"))
}
