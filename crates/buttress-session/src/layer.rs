use crate::{
    Cookie, KeyRing, SessionService,
    config::{Config, Place},
    keys::{IdFormat, PlainIds, Seal, TaggedIds},
    store::{SessionStore, Ttl},
};
use http::HeaderName;
use std::{
    fmt,
    future::Future,
    marker::PhantomData,
    sync::Arc,
    time::{Duration, SystemTime},
};
use tower_layer::Layer;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Gives each request of the service inside its [`Session`](crate::Session).
///
/// `T` [tells](Self::tag) the sessions of several layers apart. See the
/// [crate docs](crate).
pub struct SessionLayer<T = ()> {
    config: Arc<Config>,
    is_enabled: bool,
    tag: PhantomData<fn() -> T>,
}

impl SessionLayer {
    /// A layer whose sessions are in `store`.
    #[must_use]
    pub fn new<S: SessionStore>(store: S) -> Self {
        Self::with_place(Place::of(store))
    }

    /// A layer whose sessions are in the clients' cookies, sealed: they cannot be
    /// read or made by anybody else, they take no store and no trip, and all of
    /// it has to fit into 4 KiB.
    ///
    /// They cannot be revoked: a [`destroy`](crate::Session::destroy) removes the
    /// cookie of the client that asks, and a copy of the cookie lives on until its
    /// time is over. Of two requests at once the one that answers last wins as a
    /// whole, and [`update`](crate::Session::update) cannot change that.
    #[must_use]
    pub fn sealed(ring: KeyRing) -> Self {
        Self::with_place(Place::Cookie(Seal::new(ring)))
    }

    fn with_place(place: Place) -> Self {
        let targeted = [
            "cdn-cache-control",
            "surrogate-control",
            "cloudflare-cdn-cache-control",
            "vercel-cdn-cache-control",
            "netlify-cdn-cache-control",
            "fastly-cdn-cache-control",
        ];
        Self {
            config: Arc::new(Config {
                place,
                cookie: Cookie::default(),
                format: Arc::new(PlainIds),
                ttl: Ttl::idle(DAY * 7).absolute(DAY * 30),
                grace: Duration::from_secs(10),
                deadline: Duration::from_secs(1),
                retry_after: Duration::from_secs(1),
                discards: true,
                tolerates: false,
                targeted: targeted.map(HeaderName::from_static).into(),
                turns: Arc::default(),
                clock: SystemTime::now,
            }),
            is_enabled: true,
            tag: PhantomData,
        }
    }
}

impl<T> SessionLayer<T> {
    /// The same layer for handles with this tag, [`Session<U>`](crate::Session).
    /// Give its cookie another name than those of other layers have.
    #[must_use]
    pub fn tag<U>(self) -> SessionLayer<U> {
        SessionLayer {
            config: self.config,
            is_enabled: self.is_enabled,
            tag: PhantomData,
        }
    }

    /// Another store than the one it was made with, and all other settings as they
    /// are.
    #[must_use]
    pub fn store<S: SessionStore>(self, store: S) -> Self {
        self.with(|config| config.place = Place::of(store))
    }

    /// The cookie: `__Host-sid` unless said otherwise.
    #[must_use]
    pub fn cookie(self, cookie: Cookie) -> Self {
        self.with(|config| config.cookie = cookie)
    }

    /// How long a session lives after it was last used: 7 days unless said
    /// otherwise.
    #[must_use]
    pub fn idle(self, idle: Duration) -> Self {
        self.with(|config| config.ttl.idle = idle)
    }

    /// How long a session lives after it was created, however much it is used: 30
    /// days unless said otherwise.
    #[must_use]
    pub fn absolute(self, absolute: impl Into<Option<Duration>>) -> Self {
        self.with(|config| config.ttl.absolute = absolute.into())
    }

    /// Signs ids, so that one that was made up is known without a trip.
    #[must_use]
    pub fn keys(self, ring: KeyRing) -> Self {
        self.id_format(TaggedIds(ring))
    }

    /// Ids and cookies of another framework's form.
    #[must_use]
    pub fn id_format(self, format: impl IdFormat) -> Self {
        self.with(|config| config.format = Arc::new(format))
    }

    /// For how long an old id can still be read with after a
    /// [rotation](crate::Session::rotate): 10 seconds unless said otherwise.
    #[must_use]
    pub fn grace(self, grace: Duration) -> Self {
        self.with(|config| config.grace = grace)
    }

    /// How long a request waits for the store, all its trips together: 1 second
    /// unless said otherwise. After it the answer is 503.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        self.with(|config| config.deadline = deadline)
    }

    /// What `Retry-After` says when the store fails: 1 second unless said
    /// otherwise.
    #[must_use]
    pub fn retry_after(self, retry_after: Duration) -> Self {
        self.with(|config| config.retry_after = retry_after)
    }

    /// Whether a response of 5xx drops what its request recorded, a rotation
    /// included: so unless said otherwise.
    #[must_use]
    pub fn discard_on_server_error(self, discard: bool) -> Self {
        self.with(|config| config.discards = discard)
    }

    /// Whether the service's answer stands when a reading of its session failed.
    /// Unless said so it does not, and the answer is 503: who could not be read is
    /// not logged out.
    #[must_use]
    pub fn tolerate_failed_reads(self, tolerate: bool) -> Self {
        self.with(|config| config.tolerates = tolerate)
    }

    /// The fields that speak to one kind of cache alone and so overrule
    /// `Cache-Control` (RFC 9213), which are removed from private responses.
    ///
    /// Unless said otherwise: `CDN-Cache-Control`, that of Cloudflare, Vercel,
    /// Netlify and Fastly, and `Surrogate-Control`.
    #[must_use]
    pub fn targeted_fields(self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        let names = names.into_iter().collect();
        self.with(|config| config.targeted = names)
    }

    /// The time of day, for sealed sessions and their tests.
    #[must_use]
    pub fn clock(self, clock: fn() -> SystemTime) -> Self {
        self.with(|config| config.clock = clock)
    }

    /// Off, the layer gives no sessions and keeps its type.
    #[must_use]
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.is_enabled = enabled;
        self
    }

    /// Removes sessions whose time is over from the store, every so often and for
    /// ever: to be spawned where the store does not do so by itself. It goes on
    /// after an error.
    pub fn sweep_every(&self, period: Duration) -> impl Future<Output = ()> + Send + 'static {
        crate::sweep::sweep_every(Arc::clone(&self.config), period)
    }

    fn with(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(Arc::make_mut(&mut self.config));
        self
    }
}

impl<S, T> Layer<S> for SessionLayer<T> {
    type Service = SessionService<S, T>;

    fn layer(&self, inner: S) -> Self::Service {
        let config = self.is_enabled.then(|| Arc::clone(&self.config));
        SessionService::new(inner, config)
    }
}

impl<T> Clone for SessionLayer<T> {
    fn clone(&self) -> Self {
        Self {
            config: Arc::clone(&self.config),
            is_enabled: self.is_enabled,
            tag: PhantomData,
        }
    }
}

impl<T> fmt::Debug for SessionLayer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionLayer")
            .field("config", &self.config)
            .field("is_enabled", &self.is_enabled)
            .finish()
    }
}
