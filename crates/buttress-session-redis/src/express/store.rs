use super::record::{Attributes, Record, millis};
use crate::{
    connection::Connection,
    error::unexpected,
    reply::{Written, was_there, written},
    script,
    store::{FAR, client},
};
use buttress_session::{
    Capabilities, Commit, Committed, Created, Rotated, SameSite, SessionStore, Snapshot,
    StoreError, StoreKey, Ttl,
};
use redis::{Client, Value};
use std::{sync::Arc, time::Duration, time::SystemTime};

/// The records of connect-redis, which an Express app and this one share while one
/// replaces the other. Goes with [`ExpressIds`](crate::ExpressIds).
///
/// ```
/// use buttress_session::{Cookie, SessionLayer};
/// use buttress_session_redis::{ExpressIds, ExpressStore};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = "s".repeat(32);
/// let store = ExpressStore::open("redis://127.0.0.1:6379")?;
/// let layer: SessionLayer = SessionLayer::new(store)
///     .id_format(ExpressIds::new(secret))
///     .cookie(Cookie::named("connect.sid").build()?);
/// # Ok(())
/// # }
/// ```
///
/// # What it cannot promise
///
/// - Express writes whole records: of a request there and one here at the same
///   time the last writer wins, and a logout here can be undone by a request there
///   that was under way. Among requests here, nothing is lost or revived, and an
///   `update` here notices whatever Express wrote before it.
/// - Records are kept under the id itself, as Express does: who reads Redis can take
///   over sessions.
/// - There is no grace after a rotation, no owner, no absolute end, and the time of
///   creation is known only until Express writes.
/// - A write is two commands, a rotation too. Keys have no hash tag, so that Redis
///   Cluster refuses rotations.
#[derive(Clone, Debug)]
pub struct ExpressStore {
    connection: Arc<Connection>,
    prefix: Arc<str>,
    session_bytes: usize,
    attributes: Attributes,
}

/// How often a commit meets another one before it gives up.
const ATTEMPTS: usize = 1_000;

impl ExpressStore {
    /// A store at an address like `redis://user:password@host:6379/0`.
    ///
    /// # Errors
    ///
    /// If this is not such an address.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        client(url).map(Self::new)
    }

    /// A store behind a client that was set up by hand.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self {
            connection: Arc::new(Connection::new(client)),
            prefix: "sess:".into(),
            session_bytes: 64 << 10,
            attributes: Attributes::default(),
        }
    }

    /// What the names of all keys start with: `sess:` unless said otherwise, as with
    /// connect-redis.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Whether Express sends the cookies of sessions that begin here as `Secure`.
    /// Not so unless said otherwise, which is Express' default.
    #[must_use]
    pub fn secure(mut self, secure: bool) -> Self {
        self.attributes.secure = secure;
        self
    }

    /// What Express says of `SameSite` in the cookies of sessions that begin here.
    /// Nothing unless said otherwise.
    #[must_use]
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.attributes.same_site = Some(same_site);
        self
    }

    /// How many bytes the names and values of one session may take: 64 KiB unless
    /// said otherwise.
    #[must_use]
    pub fn session_bytes(mut self, bytes: usize) -> Self {
        self.session_bytes = bytes;
        self
    }

    /// How long a request waits for an answer of Redis: half a second unless said
    /// otherwise.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.connection = Arc::new(self.connection.with_deadline(deadline));
        self
    }

    fn name(&self, key: &StoreKey) -> String {
        format!("{}{key}", self.prefix)
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let get = redis::cmd("GET").arg(name).take();
        bytes(self.connection.send_again(&get).await?)
    }

    fn json(&self, record: &Record) -> Result<Vec<u8>, StoreError> {
        if record.size() > self.session_bytes {
            return Err(StoreError::too_large(
                "the session is larger than `session_bytes` of the store",
            ));
        }
        record.to_json()
    }

    /// Lets `commit` change the record under `name`, and puts it under `to`, unless
    /// it has changed meanwhile.
    async fn change(&self, name: &str, to: &str, commit: &Commit) -> Result<Written, StoreError> {
        for _ in 0..ATTEMPTS {
            let Some(before) = self.get(name).await? else {
                return Ok(Written::Gone);
            };
            let record = Record::parse(&before)?;
            if commit
                .expect
                .is_some_and(|version| version != record.version())
            {
                return Ok(Written::Conflict);
            }
            let record = record.apply(commit, SystemTime::now())?;
            let after = self.json(&record)?;
            let mut call = script::SWAP.call(&[name, to]);
            call.arg(&before).arg(after).arg(ttl(commit.ttl));
            match written(&self.connection.run(&script::SWAP, &call).await?)? {
                Written::Version(_) => return Ok(Written::Version(record.version())),
                // Somebody else came first.
                Written::Conflict => {}
                other => return Ok(other),
            }
        }
        Err(StoreError::unavailable(
            "others write this session all the time",
        ))
    }
}

impl SessionStore for ExpressStore {
    async fn load(
        &self,
        key: &StoreKey,
        touch: Option<Ttl>,
    ) -> Result<Option<Snapshot>, StoreError> {
        let name = self.name(key);
        let mut get = redis::cmd(if touch.is_some() { "GETEX" } else { "GET" });
        get.arg(name);
        if let Some(touch) = touch {
            get.arg("PX").arg(ttl(touch));
        }
        let json = bytes(self.connection.send_again(&get).await?)?;
        let Some(json) = json else { return Ok(None) };
        let record = Record::parse(&json)?;
        Ok(Some(record.snapshot(SystemTime::now())))
    }

    async fn create(&self, key: &StoreKey, commit: &Commit) -> Result<Created, StoreError> {
        let record = Record::create(commit, self.attributes, SystemTime::now())?;
        let mut set = redis::cmd("SET");
        set.arg(self.name(key)).arg(self.json(&record)?);
        set.arg("PX").arg(ttl(commit.ttl)).arg("NX");
        match self.connection.send_once(&set).await? {
            Value::Nil => Ok(Created::Exists),
            _ => Ok(Created::Created),
        }
    }

    async fn commit(&self, key: &StoreKey, commit: &Commit) -> Result<Committed, StoreError> {
        let name = self.name(key);
        self.change(&name, &name, commit).await.map(Committed::from)
    }

    async fn rotate(
        &self,
        old: &StoreKey,
        new: &StoreKey,
        commit: &Commit,
        _: Duration,
    ) -> Result<Rotated, StoreError> {
        let (old, new) = (self.name(old), self.name(new));
        self.change(&old, &new, commit).await.map(Rotated::from)
    }

    async fn touch(&self, key: &StoreKey, touch: Ttl) -> Result<bool, StoreError> {
        let mut expire = redis::cmd("PEXPIRE");
        expire.arg(self.name(key)).arg(ttl(touch));
        was_there(&self.connection.send_again(&expire).await?)
    }

    async fn delete(&self, key: &StoreKey) -> Result<bool, StoreError> {
        let delete = redis::cmd("DEL").arg(self.name(key)).take();
        was_there(&self.connection.send_once(&delete).await?)
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::ALL;
        capabilities.grace = false;
        capabilities.owners = false;
        capabilities.absolute_expiry = false;
        capabilities.raw_ids = true;
        capabilities
    }
}

/// Redis wants one millisecond at least.
fn ttl(ttl: Ttl) -> u64 {
    millis(ttl.idle.min(FAR)).max(1)
}

fn bytes(reply: Value) -> Result<Option<Vec<u8>>, StoreError> {
    match reply {
        Value::Nil => Ok(None),
        Value::BulkString(bytes) => Ok(Some(bytes)),
        reply => Err(unexpected(&reply)),
    }
}
