mod builder;

pub use builder::ProductionBuilder;

use buttress_cache::{Cache, CacheLayer, Cached};
use buttress_compression::{
    Compression, CompressionLayer, RequestDecompression, RequestDecompressionLayer,
};
use buttress_env::Environment;
use buttress_error::{CatchPanic, CatchPanicLayer, ErrorLayer, ErrorService};
use buttress_log::{AccessLog, AccessLogLayer, Handle};
use buttress_session::{SessionLayer, SessionService};
use buttress_sync_io::{Counters, SyncIo, SyncIoLayer};
use buttress_trust_proxy::{TrustProxy, TrustProxyLayer};
use std::{fmt, future::Future, sync::Arc, time::Duration};
use tower_layer::Layer;

/// All layers of a production service in one.
///
/// From the outside in: trust in proxies, log, a net for panics, cache, compression, errors, decompression
/// of requests, detection of blocking calls, sessions. [`ordering`](crate::ordering) says
/// why. See the [crate docs](crate).
///
/// `T` is the tag of its sessions, where an app has several.
pub struct Production<T = ()> {
    trust_proxy: TrustProxyLayer,
    log: AccessLogLayer,
    net: CatchPanicLayer,
    cache: CacheLayer,
    compression: CompressionLayer,
    errors: ErrorLayer,
    decompression: RequestDecompressionLayer,
    sync_io: SyncIoLayer,
    session: SessionLayer<T>,
}

/// A service with all layers of [`Production`] around it.
pub type Stack<S, T = ()> = TrustProxy<
    AccessLog<
        CatchPanic<
            Cached<Compression<ErrorService<RequestDecompression<SyncIo<SessionService<S, T>>>>>>,
        >,
    >,
>;

impl Production {
    /// The settings that suit an environment.
    ///
    /// | | development | test | staging, production |
    /// |---|---|---|---|
    /// | the log's lines | for people | for people | JSON |
    /// | what a client sees of a 5xx | all | all | a status and an id |
    /// | blocking calls are looked for | each of them | each of them | those over the budget |
    /// | session cookies need HTTPS | no | no | yes |
    /// | files are cached by their age alone | no | yes | yes |
    /// | `Cache-Status` tells what the cache did | yes | no | no |
    ///
    /// The log goes to the standard output, the cache is 64 MiB of memory, and sessions
    /// are in memory too, unless the builder is told otherwise.
    pub fn builder(environment: Environment) -> ProductionBuilder {
        ProductionBuilder::new(environment)
    }
}

/// What can be asked and told while the app runs.
impl<T> Production<T> {
    /// Purges the cache, and tells how it does.
    #[must_use]
    pub fn cache(&self) -> Cache {
        self.cache.handle()
    }

    /// What compression has done.
    #[must_use]
    pub fn compressed(&self) -> buttress_compression::Stats {
        self.compression.stats()
    }

    /// Changes what is logged.
    #[must_use]
    pub fn log(&self) -> Handle {
        self.log.handle()
    }

    /// Removes sessions whose time is over, every so often and for ever: to be spawned
    /// where the store does not do so by itself, as memory and SQL do not.
    pub fn sweep_sessions(&self, period: Duration) -> impl Future<Output = ()> + Send + 'static {
        self.session.sweep_every(period)
    }

    /// The blocking calls so far.
    #[must_use]
    pub fn blocking(&self) -> Arc<Counters> {
        self.sync_io.counters()
    }
}

impl<S, T> Layer<S> for Production<T> {
    type Service = Stack<S, T>;

    fn layer(&self, inner: S) -> Stack<S, T> {
        let inner = self.session.layer(inner);
        let inner = self.sync_io.layer(inner);
        let inner = self.decompression.layer(inner);
        let inner = self.errors.layer(inner);
        let inner = self.compression.layer(inner);
        let inner = self.cache.layer(inner);
        let inner = self.net.layer(inner);
        let inner = self.log.layer(inner);
        self.trust_proxy.layer(inner)
    }
}

// Not derived, since that would ask the tag to be `Clone` and `Debug` too.
impl<T> Clone for Production<T> {
    fn clone(&self) -> Self {
        Self {
            trust_proxy: self.trust_proxy.clone(),
            log: self.log.clone(),
            net: self.net.clone(),
            cache: self.cache.clone(),
            compression: self.compression.clone(),
            errors: self.errors.clone(),
            decompression: self.decompression.clone(),
            sync_io: self.sync_io.clone(),
            session: self.session.clone(),
        }
    }
}

impl<T> fmt::Debug for Production<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Production")
            .field("log", &self.log)
            .field("cache", &self.cache)
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}
