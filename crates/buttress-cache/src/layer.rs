use crate::{
    Cache, Cached, StatusMode, Store,
    clock::Clock,
    policy::{Policy, Seconds},
    shared::{Settings, Shared, State},
};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, request::Parts, uri::Scheme};
use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};
use tower_layer::Layer;

/// Puts a shared HTTP cache around a service.
///
/// Clones, and the services that they make, share the store and all that is on
/// its way. See the [crate docs](crate).
#[derive(Clone)]
pub struct CacheLayer {
    settings: Settings,
    state: Arc<State>,
    enabled: bool,
}

impl CacheLayer {
    /// A cache over a store: a [`MemoryStore`](crate::MemoryStore), one that
    /// processes share, or both as [`Tiered`](crate::Tiered).
    #[must_use]
    pub fn new(store: impl Store) -> Self {
        Self {
            settings: Settings::default(),
            state: State::new(Arc::new(store)),
            enabled: true,
        }
    }

    /// Another store than the one it was made with, and all settings as they are.
    ///
    /// What the layer had, its counters included, stays with the clones and handles
    /// that were made before.
    #[must_use]
    pub fn store(mut self, store: impl Store) -> Self {
        self.state = State::new(Arc::new(store));
        self
    }

    /// A handle to purge by, and to read what the cache has done. Made after
    /// [`namespace`](Self::namespace) and [`scheme`](Self::scheme), which are part
    /// of its keys.
    #[must_use]
    pub fn handle(&self) -> Cache {
        Cache::new(self.state.clone(), &self.settings)
    }

    /// Off, the layer passes everything through and keeps nothing.
    #[must_use]
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }
}

/// What is stored, and for how long.
impl CacheLayer {
    /// The rules: RFC 9111's for a shared cache, if not said otherwise.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        let policy = Arc::new(policy);
        self.settings.vary_by.set_policy(policy.clone());
        self.settings.policy = policy;
        self
    }

    /// The largest body that is stored or shared: 2 MiB, if not said otherwise.
    ///
    /// It is also how much of one body is kept for its readers while it comes.
    #[must_use]
    pub fn largest_body(mut self, bytes: usize) -> Self {
        self.settings.largest_body = bytes;
        self
    }

    /// How many bytes the header fields of a stored response may have: 32 KiB, if
    /// not said otherwise.
    #[must_use]
    pub fn largest_head(mut self, bytes: usize) -> Self {
        self.settings.largest_head = bytes;
        self
    }

    /// Shortens each lifetime by a random part of up to so many percent, so that
    /// what was stored together does not expire together. None by default.
    #[must_use]
    pub fn jitter(mut self, percent: u8) -> Self {
        self.settings.jitter_percent = percent.min(100);
        self
    }

    /// For how long requests for a URI do not wait for each other after its
    /// response could not be shared: 10 s, if not said otherwise.
    ///
    /// Meanwhile they pass at hardly any cost, and without asking a second tier.
    /// The first response that could be stored has passed when that is known; the
    /// next such one is stored.
    #[must_use]
    pub fn hit_for_miss(mut self, time: Duration) -> Self {
        self.settings.apart_for = Seconds::from(time);
        self
    }

    /// How long a refresh may take that no client waits for: 30 s, if not said
    /// otherwise.
    #[must_use]
    pub fn refresh_limit(mut self, limit: Duration) -> Self {
        self.settings.refresh_limit = limit;
        self
    }
}

/// What requests have in common.
impl CacheLayer {
    /// Keeps the keys of this layer apart from those of others on the same store.
    ///
    /// Inside of axum's `Router::nest` a layer sees a path without its prefix: two
    /// nested apps on one store need a namespace each, or the whole
    /// [`uri`](Self::uri).
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<Box<str>>) -> Self {
        self.settings.keyer.set_namespace(namespace.into());
        self
    }

    /// The scheme of requests whose URI has none, as those of HTTP/1: `http`, if
    /// not said otherwise.
    #[must_use]
    pub fn scheme(mut self, scheme: Scheme) -> Self {
        self.settings.keyer.set_scheme(scheme);
        self
    }

    /// The URI that a request is for, where it is not the one of the request.
    #[must_use]
    pub fn uri(mut self, uri: impl Fn(&Parts) -> Uri + Send + Sync + 'static) -> Self {
        self.settings.keyer.uri = Some(Arc::new(uri));
        self
    }

    /// The URI as axum's server got it, before nested routers took their prefix off.
    #[cfg(feature = "axum")]
    #[must_use]
    pub fn original_uri(self) -> Self {
        self.uri(|parts| {
            let original = parts.extensions.get::<axum::extract::OriginalUri>();
            original.map_or_else(|| parts.uri.clone(), |original| original.0.clone())
        })
    }

    /// A key of the app's own in place of the URI; a request without one passes.
    ///
    /// Whatever a response depends on has to be in the key or in its `Vary`: the
    /// host, too. [`Cache::purge`] takes URIs, [`Cache::purge_key`] such keys.
    #[must_use]
    pub fn key(mut self, key: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        self.settings.keyer.key = Some(Arc::new(key));
        self
    }

    /// What stands for a field in the variant of a response that names it in
    /// `Vary`, so that requests which get the same response share it: of
    /// `Accept-Encoding` the coding that the app would choose.
    #[must_use]
    pub fn vary_by(
        mut self,
        name: HeaderName,
        token: impl Fn(&HeaderMap) -> Option<HeaderValue> + Send + Sync + 'static,
    ) -> Self {
        self.settings.vary_by.add(name, Arc::new(token));
        self
    }

    /// Tells requests apart by a field, whether or not responses name it in `Vary`.
    ///
    /// For what a proxy writes and the app reads: `X-Forwarded-Host`,
    /// `X-Forwarded-Proto`. A field that was [refused](Self::refuse) is so no more.
    #[must_use]
    pub fn key_header(mut self, name: HeaderName) -> Self {
        self.settings.guard.allow(&name);
        self.settings.keyed.push(name);
        self
    }

    /// Keeps requests with this field away from the cache.
    ///
    /// An app that builds its response from a field that is not in the key lets
    /// one client write what all others read. Refused from the start are those known
    /// for it: `Forwarded`, `X-Forwarded-Host`, `X-Forwarded-Prefix`,
    /// `X-Forwarded-Scheme`, `X-Host`, `X-HTTP-Host-Override`, `X-Original-URL`,
    /// `X-Rewrite-URL`, `X-HTTP-Method`, `X-HTTP-Method-Override`,
    /// `X-Method-Override`. [`key_header`](Self::key_header) and
    /// [`trust`](Self::trust) take one off. `X-Forwarded-Proto` is not among them,
    /// since load balancers write it on each request: an app that reads it, to
    /// redirect to HTTPS for one, needs it as a `key_header`.
    #[must_use]
    pub fn refuse(mut self, name: HeaderName) -> Self {
        self.settings.guard.refuse(name);
        self
    }

    /// Takes a field for one that changes no response, although it is known for it.
    #[must_use]
    pub fn trust(mut self, name: &HeaderName) -> Self {
        self.settings.guard.allow(name);
        self
    }

    /// Keeps requests away from the cache: those for which `bypass` is true.
    #[must_use]
    pub fn bypass(mut self, bypass: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.settings.bypass = Some(Arc::new(bypass));
        self
    }
}

/// What is told, and by which clock.
impl CacheLayer {
    /// How much `Cache-Status` tells clients: nothing, if not said otherwise.
    #[must_use]
    pub fn status(mut self, mode: StatusMode) -> Self {
        self.settings.reporter = self.settings.reporter.with_mode(mode);
        self
    }

    /// The name of the cache in `Cache-Status`: `buttress`, if not said otherwise.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        self.settings.reporter = self.settings.reporter.named(name);
        self
    }

    /// Another clock than the system's, for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.settings.clock = Clock::new(clock);
        self
    }
}

impl<S> Layer<S> for CacheLayer {
    type Service = Cached<S>;

    fn layer(&self, inner: S) -> Cached<S> {
        let shared = self.enabled.then(|| {
            Arc::new(Shared {
                settings: self.settings.clone(),
                state: self.state.clone(),
            })
        });
        Cached::new(inner, shared)
    }
}

impl fmt::Debug for CacheLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheLayer")
            .field("settings", &self.settings)
            .field("state", &self.state)
            .field("enabled", &self.enabled)
            .finish()
    }
}
