use crate::{
    command::{self, Found, Knew, Put},
    envelope::Record,
    error::Failure,
    link::{Link, State},
    names::Names,
    session::Session,
    settings::Settings,
    ttl::time_to_live,
    writes::Writes,
};
use buttress_cache::{
    BoxError, BoxFuture, Entry, Key, Lookup, Purge, Store, StoreResult, Wanted, store::RemotePurge,
};
use redis::{Client, IntoConnectionInfo, ProtocolVersion};
use std::{future::ready, sync::Arc, time::Duration};
use tokio::{
    runtime::Handle,
    time::{Instant, timeout, timeout_at},
};

/// Responses in Redis or Valkey, for all processes of an app.
///
/// See the [crate docs](crate).
#[derive(Debug)]
pub struct RedisStore {
    link: Arc<Link>,
    writes: Writes,
}

impl RedisStore {
    /// A store at an address like `redis://user:password@host:6379/0`.
    ///
    /// It connects with the first request that needs it, so that an app starts
    /// also while Redis is down.
    ///
    /// # Errors
    ///
    /// If this is not such an address, or asks for TLS without the feature `tls`.
    pub fn open(url: &str) -> Result<Self, BoxError> {
        let info = url.into_connection_info()?;
        let settings = info.redis_settings().clone();
        let info = info.set_redis_settings(settings.set_protocol(ProtocolVersion::RESP3));
        Ok(Self::new(Client::open(info)?))
    }

    /// A store behind a client that was set up by hand, say with certificates.
    /// Let it speak RESP3, as [`open`](Self::open) does: it is how purges come.
    #[must_use]
    pub fn new(client: Client) -> Self {
        #[cfg(feature = "tls")]
        if matches!(
            client.get_connection_info().addr(),
            redis::ConnectionAddr::TcpTls { .. }
        ) {
            crate::tls::choose_provider();
        }
        Self::with(client, Names::of("cache"), Settings::default())
    }

    /// What the cache is called in Redis: `cache` unless said otherwise. Caches
    /// that share a Redis and are not the same need one name each.
    #[must_use]
    pub fn name(self, name: &str) -> Self {
        let link = &self.link;
        Self::with(link.client.clone(), Names::of(name), link.settings.clone())
    }

    /// How long a request waits for Redis before it goes to the origin: 100 ms
    /// unless said otherwise, for both trips together; 30 days at most.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        self.set(|settings| settings.deadline = deadline.min(Settings::LONGEST))
    }

    /// How long a write or a purge may take: a second unless said otherwise, 30 days at most. No
    /// request waits for a write.
    #[must_use]
    pub fn write_deadline(self, deadline: Duration) -> Self {
        self.set(|settings| settings.write_deadline = deadline.min(Settings::LONGEST))
    }

    /// The largest body, in bytes: 2 MiB unless said otherwise. Larger ones stay
    /// in the first tier.
    #[must_use]
    pub fn largest_body(self, bytes: usize) -> Self {
        self.set(|settings| settings.largest_body = bytes)
    }

    /// How many variants of a key are kept: the 16 newest unless said otherwise.
    #[must_use]
    pub fn variants(self, most: usize) -> Self {
        self.set(|settings| settings.variants = most.max(1))
    }

    /// How long a response stays that only validation can make use of: an hour
    /// unless said otherwise.
    #[must_use]
    pub fn kept_for_validation(self, time: Duration) -> Self {
        self.set(|settings| settings.kept_for_validation = time)
    }

    /// After how long without Redis all in the first tier becomes stale, again
    /// and again: 10 seconds unless said otherwise. A purge that another process
    /// makes meanwhile is missed for about that long at most.
    #[must_use]
    pub fn distrust_after(self, time: Duration) -> Self {
        self.set(|settings| settings.distrust_after = time)
    }

    /// Connects now, rather than with the first request. Whether Redis is there;
    /// if not, the store goes on trying.
    pub async fn connect(&self) -> bool {
        self.link.supervise() && self.link.session().await.is_some()
    }

    /// Whether Redis is there, as far as is known: for metrics.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        matches!(self.link.state(), State::Up(_))
    }

    /// Writes in the background: all, or the head to a body that Redis should have.
    fn write(&self, key: &Key, entry: Arc<Entry>, is_body_there: bool) {
        self.link.supervise();
        let (State::Up(session), Ok(runtime)) = (self.link.state(), Handle::try_current()) else {
            return;
        };
        let knew = Knew {
            heard: self.link.heard(),
            made: self.link.purges(),
        };
        let settings = &self.link.settings;
        let ttl = time_to_live(entry.head().metadata(), settings.kept_for_validation);
        let is_too_large = entry.body().len() > settings.largest_body
            || key.as_str().len() > Settings::LARGEST_KEY;
        let (Some(ttl), false) = (ttl, is_too_large) else {
            return;
        };
        let Some(room) = self.writes.room(entry.weight()) else {
            tracing::debug!(%key, "too much is on its way to Redis; not put there");
            return;
        };
        let (link, key) = (self.link.clone(), key.clone());
        runtime.spawn(async move {
            put(&link, &session, (&key, &entry), is_body_there, (knew, ttl)).await;
            drop(room);
        });
    }

    fn with(client: Client, names: Names, settings: Settings) -> Self {
        Self {
            link: Arc::new(Link::new(client, names, settings)),
            writes: Writes::of(Settings::WRITES),
        }
    }

    fn set(self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = self.link.settings.clone();
        change(&mut settings);
        Self::with(self.link.client.clone(), self.link.names.clone(), settings)
    }
}

impl Store for RedisStore {
    /// While Redis is known to be down nothing is asked and nothing waits.
    fn lookup(&self, _: &Wanted<'_>) -> Lookup {
        if !self.link.is_down() {
            return Lookup::Ask;
        }
        self.link.go_blind();
        Lookup::Miss
    }

    fn ask(&self, wanted: Wanted<'static>) -> BoxFuture<Option<Arc<Entry>>> {
        let link = self.link.clone();
        Box::pin(async move {
            match link.supervise() {
                true => ask(&link, &wanted).await,
                false => None,
            }
        })
    }

    fn put(&self, key: &Key, entry: Arc<Entry>) {
        self.write(key, entry, false);
    }

    fn freshen(&self, key: &Key, entry: Arc<Entry>) {
        self.write(key, entry, true);
    }

    fn purge(&self, purge: &Purge) -> BoxFuture<StoreResult> {
        // Written down at once, and made by a task: it is done whether or not
        // anybody waits for it.
        let count = self.link.begin_purge(purge);
        let (link, purge) = (self.link.clone(), purge.clone());
        if !link.supervise() {
            link.distrust_redis(&Failure::Down);
            return Box::pin(ready(Err(Failure::Down.into())));
        }
        let task = tokio::spawn(async move { make(&link, count, &purge).await });
        Box::pin(async move { Ok(task.await??) })
    }

    fn on_remote_purge(&self, hook: RemotePurge) {
        self.link.add_hook(hook);
    }
}

async fn ask(link: &Arc<Link>, wanted: &Wanted<'static>) -> Option<Arc<Entry>> {
    let until = Instant::now() + link.settings.deadline;
    let Ok(Some(session)) = timeout_at(until, link.session()).await else {
        link.go_blind();
        return None;
    };
    let found = timeout_at(until, find(link, &session, wanted)).await;
    link.result(&session, found).ok().flatten()
}

async fn find(
    link: &Link,
    session: &Session,
    wanted: &Wanted<'static>,
) -> Result<Option<Arc<Entry>>, Failure> {
    let key = wanted.key();
    let (found, body) = command::lookup(link, session, key).await?;
    let accepted = found
        .into_iter()
        .find(|found| wanted.accepts(&found.record.head));
    let Some(found) = accepted else {
        return Ok(None);
    };
    let body = match body {
        Some(body) => Some(body),
        None => command::body(link, session, key, &found).await?,
    };
    Ok(body.and_then(|body| whole(found, body)).map(Arc::new))
}

fn whole(found: Found, (id, body): (u64, bytes::Bytes)) -> Option<Entry> {
    let entry = found.record.with_body(id, body)?;
    Some(match found.stale_from {
        Some(from) => entry.expired(from),
        None => entry,
    })
}

async fn put(
    link: &Link,
    session: &Arc<Session>,
    (key, entry): (&Key, &Entry),
    is_body_there: bool,
    knew: (Knew, Duration),
) {
    let Some(head) = Record::of(entry).encode() else {
        return;
    };
    let put =
        async |is_there| command::put(link, session, (key, entry), (&head, is_there), knew).await;
    let put = timeout(link.settings.write_deadline, async {
        match put(is_body_there).await? {
            // It has ended or was evicted, or another process has put one of its own.
            Put::NoBody => put(false).await,
            done => Ok(done),
        }
    });
    match link.result(session, put.await) {
        Ok(done) => tracing::debug!(%key, ?done, "put into Redis"),
        Err(error) => tracing::debug!(%key, %error, "not put into Redis"),
    }
}

/// Makes a purge, and forgets it once it was made. Until then Redis is not asked
/// for anything: it still has what was purged.
async fn make(link: &Link, count: u64, purge: &Purge) -> Result<(), Failure> {
    let until = Instant::now() + link.settings.write_deadline;
    let made = timeout_at(until, async {
        let session = link.session().await.ok_or(Failure::Down)?;
        command::purge(link, &session, count, purge).await
    });
    let made = made.await.unwrap_or(Err(Failure::Late));
    match &made {
        Ok(()) => link.end_purge(count),
        Err(failure) => link.distrust_redis(failure),
    }
    made
}
