use super::Production;
use buttress_cache::{
    CacheLayer, MemoryStore, StatusMode, Store,
    policy::{Policy, Seconds},
};
use buttress_compression::{CompressionLayer, RequestDecompressionLayer};
use buttress_env::Environment;
use buttress_error::{CatchPanicLayer, ErrorLayer, PanicBudget};
use buttress_log::{AccessLogLayer, Format, Json, Pretty, Writer};
use buttress_session::{Cookie, SessionLayer, SessionStore};
use buttress_sync_io::{Mode, SyncIoLayer};
use buttress_trust_proxy::{ClientInfo, Trust, TrustProxyLayer};
use http::{Extensions, HeaderValue, Uri, header::ACCEPT_ENCODING, request::Parts};
use std::{fmt, io, sync::Arc, time::Duration};

/// How long the last lines of the log may take when the process exits.
const LAST_LINES: Duration = Duration::from_secs(1);

type RouteFn = dyn Fn(&Extensions) -> Option<&str> + Send + Sync;

/// The settings of [`Production`].
///
/// Each layer comes as its environment suggests; a function given here gets it so and
/// answers what it shall be instead.
#[must_use]
pub struct ProductionBuilder<T = ()> {
    environment: Environment,
    trust_proxy: Option<TrustProxyLayer>,
    log: Option<AccessLogLayer>,
    cache: CacheLayer,
    compression: CompressionLayer,
    errors: ErrorLayer,
    decompression: RequestDecompressionLayer,
    sync_io: SyncIoLayer,
    session: SessionLayer<T>,
    budget: Option<PanicBudget>,
    route: Option<Arc<RouteFn>>,
}

impl ProductionBuilder {
    pub(super) fn new(environment: Environment) -> Self {
        let mode = match environment.detect_blocking() {
            true => Mode::Exact,
            false => Mode::Watch,
        };
        Self {
            environment,
            trust_proxy: None,
            log: None,
            cache: cache(environment),
            compression: CompressionLayer::new(),
            // What axum and the layers inside refuse in plain text becomes the detail of
            // an error that looks like every other.
            errors: ErrorLayer::builder()
                .verbose(environment.verbose_errors())
                .rewrite("text/plain"),
            decompression: RequestDecompressionLayer::new(),
            sync_io: SyncIoLayer::new(mode),
            session: SessionLayer::new(buttress_session::MemoryStore::default())
                .cookie(cookie(environment)),
            budget: None,
            route: None,
        }
    }
}

impl<T> ProductionBuilder<T> {
    /// Another log than one to the standard output, or one that is switched off.
    pub fn log(mut self, log: AccessLogLayer) -> Self {
        self.log = Some(log);
        self
    }

    /// Where cached responses are kept, in place of 64 MiB of memory: in a memory of
    /// another size, or in one with a store behind it that processes share, a
    /// [`Tiered`](buttress_cache::Tiered).
    pub fn cache_store(self, store: impl Store) -> Self {
        self.cache(|cache| cache.store(store))
    }

    /// The cache: its namespace, its defaults, or off.
    pub fn cache(mut self, change: impl FnOnce(CacheLayer) -> CacheLayer) -> Self {
        self.cache = change(self.cache);
        self
    }

    /// Compression of responses.
    ///
    /// The cache keeps one variant for each coding that this chooses, whatever clients
    /// say to make it do so.
    pub fn compression(
        mut self,
        change: impl FnOnce(CompressionLayer) -> CompressionLayer,
    ) -> Self {
        self.compression = change(self.compression);
        self
    }

    /// Answers and reports of errors and panics.
    pub fn errors(mut self, change: impl FnOnce(ErrorLayer) -> ErrorLayer) -> Self {
        self.errors = change(self.errors);
        self
    }

    /// Decompression of requests.
    pub fn decompression(
        mut self,
        change: impl FnOnce(RequestDecompressionLayer) -> RequestDecompressionLayer,
    ) -> Self {
        self.decompression = change(self.decompression);
        self
    }

    /// Detection of blocking calls.
    pub fn sync_io(mut self, change: impl FnOnce(SyncIoLayer) -> SyncIoLayer) -> Self {
        self.sync_io = change(self.sync_io);
        self
    }

    /// Where sessions are kept, in place of the memory of this process.
    pub fn session_store<S: SessionStore>(self, store: S) -> Self {
        self.session(|session| session.store(store))
    }

    /// Sessions: signed, with another tag, or with other times. The cookie of a new
    /// layer is its own: that of the environment is lost with the old one.
    pub fn session<U>(
        self,
        change: impl FnOnce(SessionLayer<T>) -> SessionLayer<U>,
    ) -> ProductionBuilder<U> {
        ProductionBuilder {
            session: change(self.session),
            environment: self.environment,
            trust_proxy: self.trust_proxy,
            log: self.log,
            cache: self.cache,
            compression: self.compression,
            errors: self.errors,
            decompression: self.decompression,
            sync_io: self.sync_io,
            budget: self.budget,
            route: self.route,
        }
    }

    /// Whom to believe who the client is, as Express's `trust proxy`. Then the log has the
    /// client's address, and the cache its scheme and host; what nobody trusted says of
    /// them is removed, and [`ClientInfo`] is in the extensions of each request.
    ///
    /// Unsaid, the fields of proxies are left alone, and nothing here reads them.
    pub fn trust_proxy(self, trust: Trust) -> Self {
        self.trust_proxy_layer(TrustProxyLayer::new(trust))
    }

    /// As [`trust_proxy`](Self::trust_proxy), with a layer of your own.
    pub fn trust_proxy_layer(mut self, layer: TrustProxyLayer) -> Self {
        self.trust_proxy = Some(layer);
        self
    }

    /// Counts panics, wherever in the stack they were, and trips when there are too many.
    pub fn panic_budget(mut self, budget: PanicBudget) -> Self {
        self.budget = Some(budget);
        self
    }

    /// Where the route of a request is found, for the log, for reports and for what
    /// blocked. With the feature `axum` it is its `MatchedPath` by default.
    pub fn route<F>(mut self, route: F) -> Self
    where
        F: Fn(&Extensions) -> Option<&str> + Send + Sync + 'static,
    {
        self.route = Some(Arc::new(route));
        self
    }

    /// The layer.
    ///
    /// # Errors
    ///
    /// If the log cannot be started, as where there is no standard output.
    pub fn build(mut self) -> io::Result<Production<T>> {
        let mut log = match self.log.take() {
            Some(log) => log,
            None => log_to_stdout(self.environment)?,
        };
        if let Some(route) = self.route.take() {
            let [in_log, in_errors, in_blocking] = [&route; 3].map(Arc::clone);
            log = log.route(move |extensions| in_log(extensions));
            self.errors = self.errors.route(move |extensions| in_errors(extensions));
            self.sync_io = self
                .sync_io
                .route(move |extensions| in_blocking(extensions));
        }
        if self.trust_proxy.is_some() {
            log = log.client(|head| head.extensions.get::<ClientInfo>()?.address());
            self.cache = self.cache.uri(uri_of_client);
        }
        let mut net = CatchPanicLayer::new();
        if let Some(budget) = self.budget {
            net = net.panic_budget(budget.clone());
            self.errors = self.errors.panic_budget(budget);
        }
        let negotiator = self.compression.to_negotiator();
        let cache = self.cache.vary_by(ACCEPT_ENCODING, move |headers| {
            let coding = negotiator.negotiate(headers);
            HeaderValue::from_str(coding.as_str()).ok()
        });
        Ok(Production {
            trust_proxy: self
                .trust_proxy
                .unwrap_or_else(|| TrustProxyLayer::default().enabled(false)),
            log,
            net,
            cache,
            compression: self.compression,
            errors: self.errors,
            decompression: self.decompression,
            sync_io: self.sync_io,
            session: self.session,
        })
    }
}

/// The URI that the client asked for, over whatever proxies.
fn uri_of_client(request: &Parts) -> Uri {
    let client = request.extensions.get::<ClientInfo>();
    client.map_or_else(|| request.uri.clone(), |it| it.uri(&request.uri))
}

/// In development it keeps nothing but what the app says may be kept, so that an edit
/// shows; and it tells what it did.
fn cache(environment: Environment) -> CacheLayer {
    let cache = CacheLayer::new(MemoryStore::default());
    if environment.is_development() {
        let policy = Policy::new().heuristic(0, Seconds::ZERO);
        return cache.policy(policy).status(StatusMode::Full);
    }
    cache
}

/// `sid`, for HTTPS alone where that can be asked for.
fn cookie(environment: Environment) -> Cookie {
    match environment.secure_cookies() {
        true => Cookie::host("sid"),
        false => Cookie::development("sid"),
    }
    .build()
    .expect("the name is a token, and the attributes fit")
}

fn log_to_stdout(environment: Environment) -> io::Result<AccessLogLayer> {
    let (writer, guard) = Writer::stdout()?;
    // Whoever wants a guard of their own gives a log of their own. This one writes until
    // the process exits.
    writer.flush_at_exit(LAST_LINES);
    std::mem::forget(guard);
    let format: Box<dyn Format> = match environment.structured_logs() {
        true => Box::new(Json),
        false => Box::new(Pretty::new()),
    };
    Ok(AccessLogLayer::new(writer).format(format))
}

impl<T> fmt::Debug for ProductionBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProductionBuilder")
            .field("environment", &self.environment)
            .finish_non_exhaustive()
    }
}
