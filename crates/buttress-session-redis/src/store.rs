use crate::{connection::Connection, error::store_error, key, reply, script};
use buttress_session::{
    Capabilities, Commit, Committed, Created, Op, OwnedSession, OwnerChange, Rotated, SessionStore,
    Snapshot, StoreError, StoreKey, Ttl,
};
use redis::{Client, Cmd, IntoConnectionInfo, ProtocolVersion};
use std::{sync::Arc, time::Duration};

/// Keeps sessions in Redis or Valkey. Clones share the connection.
///
/// See the [crate docs](crate).
#[derive(Clone, Debug)]
pub struct RedisStore {
    connection: Arc<Connection>,
    prefix: Arc<str>,
    session_bytes: usize,
}

/// As good as for ever, and still a number that Redis takes.
pub(crate) const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365 * 30);

impl RedisStore {
    /// A store at an address like `redis://user:password@host:6379/0`.
    ///
    /// It connects with the first request that needs it, so that an app starts
    /// also while Redis is down.
    ///
    /// # Errors
    ///
    /// If this is not such an address, or asks for TLS without the feature `tls`.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        client(url).map(Self::new)
    }

    /// A store behind a client that was set up by hand, say with certificates.
    /// Let it speak RESP3, as [`open`](Self::open) does.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self {
            connection: Arc::new(Connection::new(client)),
            prefix: "sid:".into(),
            session_bytes: 64 << 10,
        }
    }

    /// What the names of all keys start with: `sid:` unless said otherwise. Apps
    /// that share a Redis need one each.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How many bytes the names and values of one session may take: 64 KiB
    /// unless said otherwise.
    #[must_use]
    pub fn session_bytes(mut self, bytes: usize) -> Self {
        self.session_bytes = bytes;
        self
    }

    /// How long a request waits for Redis: half a second unless said otherwise,
    /// half of it for a connection.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.connection = Arc::new(self.connection.with_deadline(deadline));
        self
    }

    fn name(&self, key: &StoreKey) -> String {
        key::name(&self.prefix, key)
    }

    /// What `apply.lua` reads.
    fn args(&self, cmd: &mut Cmd, commit: &Commit, grace: Duration) {
        cmd.arg(&*self.prefix);
        lifetime(cmd, commit.ttl);
        cmd.arg(self.session_bytes);
        match commit.expect {
            Some(version) => cmd.arg(version),
            None => cmd.arg(""),
        };
        match &commit.owner {
            OwnerChange::Keep => cmd.arg("keep").arg(""),
            OwnerChange::Bind(owner) => cmd.arg("bind").arg(&**owner),
            OwnerChange::Unbind => cmd.arg("unbind").arg(""),
        };
        cmd.arg(millis(grace));
        for op in &commit.ops {
            match op {
                Op::Set { name, value } => cmd.arg("s").arg(&**name).arg(&**value),
                Op::Remove { name } => cmd.arg("r").arg(&**name),
                Op::Clear => cmd.arg("c"),
            };
        }
    }
}

impl SessionStore for RedisStore {
    async fn load(
        &self,
        key: &StoreKey,
        touch: Option<Ttl>,
    ) -> Result<Option<Snapshot>, StoreError> {
        let mut call = script::LOAD.call(&[&self.name(key)]);
        call.arg(&*self.prefix);
        if let Some(ttl) = touch {
            lifetime(&mut call, ttl);
            call.arg(millis(ttl.slack()));
        }
        reply::snapshot(self.connection.run_again(&script::LOAD, &call).await?)
    }

    async fn create(&self, key: &StoreKey, commit: &Commit) -> Result<Created, StoreError> {
        let mut call = script::CREATE.call(&[&self.name(key)]);
        self.args(&mut call, commit, Duration::ZERO);
        // A version means nothing here, and `create.lua` does not look at it.
        let reply = self.connection.run(&script::CREATE, &call).await?;
        reply::written(&reply).map(Created::from)
    }

    async fn commit(&self, key: &StoreKey, commit: &Commit) -> Result<Committed, StoreError> {
        let mut call = script::COMMIT.call(&[&self.name(key)]);
        self.args(&mut call, commit, Duration::ZERO);
        let reply = self.connection.run(&script::COMMIT, &call).await?;
        reply::written(&reply).map(Committed::from)
    }

    async fn rotate(
        &self,
        old: &StoreKey,
        new: &StoreKey,
        commit: &Commit,
        grace: Duration,
    ) -> Result<Rotated, StoreError> {
        let mut call = script::ROTATE.call(&[&self.name(old), &self.name(new)]);
        self.args(&mut call, commit, grace);
        let reply = self.connection.run(&script::ROTATE, &call).await?;
        reply::written(&reply).map(Rotated::from)
    }

    async fn touch(&self, key: &StoreKey, ttl: Ttl) -> Result<bool, StoreError> {
        let mut call = script::TOUCH.call(&[&self.name(key)]);
        lifetime(call.arg(&*self.prefix), ttl);
        call.arg(millis(ttl.slack()));
        reply::was_there(&self.connection.run_again(&script::TOUCH, &call).await?)
    }

    async fn delete(&self, key: &StoreKey) -> Result<bool, StoreError> {
        let mut call = script::DELETE.call(&[&self.name(key)]);
        call.arg(&*self.prefix);
        reply::was_there(&self.connection.run(&script::DELETE, &call).await?)
    }

    async fn list_by_owner(
        &self,
        owner: &str,
        limit: usize,
    ) -> Result<Vec<OwnedSession>, StoreError> {
        let mut call = script::LIST_BY_OWNER.call(&[]);
        call.arg(&*self.prefix).arg(owner).arg(limit);
        let reply = self
            .connection
            .run_again(&script::LIST_BY_OWNER, &call)
            .await?;
        reply::owned(reply, &self.prefix)
    }

    async fn delete_by_owner(
        &self,
        owner: &str,
        except: Option<&StoreKey>,
    ) -> Result<u64, StoreError> {
        let spared = except.map(|key| self.name(key)).unwrap_or_default();
        let mut call = script::DELETE_BY_OWNER.call(&[]);
        call.arg(&*self.prefix).arg(owner).arg(spared);
        reply::count(&self.connection.run(&script::DELETE_BY_OWNER, &call).await?)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL
    }
}

pub(crate) fn client(url: &str) -> Result<Client, StoreError> {
    let info = url.into_connection_info().map_err(store_error)?;
    #[cfg(feature = "tls")]
    if matches!(info.addr(), redis::ConnectionAddr::TcpTls { .. }) {
        choose_provider();
    }
    let settings = info.redis_settings().clone();
    let info = info.set_redis_settings(settings.set_protocol(ProtocolVersion::RESP3));
    Client::open(info).map_err(store_error)
}

/// rustls panics where the process has chosen no cryptography.
#[cfg(feature = "tls")]
fn choose_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Somebody else may have been faster, and then that is the choice.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

/// Idle and absolute time, as the scripts read them.
fn lifetime(cmd: &mut Cmd, ttl: Ttl) {
    cmd.arg(millis(ttl.idle));
    match ttl.absolute {
        Some(absolute) => cmd.arg(millis(absolute)),
        None => cmd.arg(""),
    };
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.min(FAR).as_millis()).unwrap_or(u64::MAX)
}
