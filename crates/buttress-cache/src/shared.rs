use crate::{
    Key, Lookup, Purge, Scope, Store, Wanted,
    background::{self, Background},
    clock::Clock,
    flight::Flights,
    guard::Guard,
    keyer::{Keyer, origin},
    marks::Marks,
    policy::{CacheGroups, Policy, RequestTerms, Seconds},
    purge::Recent,
    reporter::Reporter,
    search::Searches,
    stats::Counters,
    variants::VaryBy,
};
use http::{
    HeaderMap, HeaderName, StatusCode, Uri,
    header::{CONTENT_LOCATION, LOCATION},
    request::Parts,
};
use std::{fmt, sync::Arc, time::Duration};

/// What a layer was told.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) policy: Arc<Policy>,
    pub(crate) keyer: Keyer,
    pub(crate) guard: Guard,
    pub(crate) vary_by: VaryBy,
    /// Request fields that count as if each response named them in `Vary`.
    pub(crate) keyed: Vec<HeaderName>,
    pub(crate) bypass: Option<Bypass>,
    pub(crate) reporter: Reporter,
    pub(crate) clock: Clock,
    pub(crate) largest_body: usize,
    pub(crate) largest_head: usize,
    pub(crate) jitter_percent: u8,
    pub(crate) apart_for: Seconds,
    pub(crate) refresh_limit: Duration,
}

/// Whether a request is kept from the cache.
pub(crate) type Bypass = Arc<dyn Fn(&Parts) -> bool + Send + Sync>;

impl Default for Settings {
    fn default() -> Self {
        let policy = Arc::<Policy>::default();
        Self {
            vary_by: VaryBy::new(policy.clone()),
            policy,
            keyer: Keyer::default(),
            guard: Guard::default(),
            keyed: Vec::new(),
            bypass: None,
            reporter: Reporter::default(),
            clock: Clock::default(),
            largest_body: 2 * 1024 * 1024,
            largest_head: 32 * 1024,
            jitter_percent: 0,
            apart_for: Seconds::new(10),
            refresh_limit: Duration::from_secs(30),
        }
    }
}

/// What all services of a layer share.
pub(crate) struct State {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) flights: Arc<Flights>,
    pub(crate) purges: Arc<Recent>,
    pub(crate) marks: Marks,
    pub(crate) searches: Searches,
    pub(crate) counters: Counters,
    pub(crate) background: Background,
}

impl State {
    /// How many keys may be on their way at once; more go without sharing.
    const FLIGHTS: usize = 16 * 1024;
    /// How many refreshes may run at once; beyond that, what is stale is served
    /// and refreshed later.
    const REFRESHES: usize = 64;

    pub(crate) fn new(store: Arc<dyn Store>) -> Arc<Self> {
        let purges = Arc::<Recent>::default();
        store.on_remote_purge(Arc::new({
            let purges = purges.clone();
            move |purge: &Purge| purges.note(purge.scope.clone())
        }));
        Arc::new(Self {
            store,
            flights: Flights::new(Self::FLIGHTS),
            purges,
            marks: Marks::new(),
            searches: Searches::new(),
            counters: Counters::default(),
            background: Background::new(Self::REFRESHES),
        })
    }

    /// What to purge for a URI with this key.
    pub(crate) fn scopes(&self, key: Key) -> impl Iterator<Item = Scope> + use<> {
        let merged = self.searches.merged(&key);
        [Some(key), merged].into_iter().flatten().map(Scope::Key)
    }

    /// Purges: first for what is on its way, then in the store.
    pub(crate) fn purge(&self, purge: &Purge) -> crate::BoxFuture<crate::StoreResult> {
        self.purges.note(purge.scope.clone());
        self.store.purge(purge)
    }
}

/// Both, as a service holds them.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) state: Arc<State>,
}

impl Shared {
    /// The key of a request by what is known of its path.
    pub(crate) fn merged(&self, key: Key) -> Key {
        if !self.state.searches.has_any() || self.settings.keyer.key.is_some() {
            return key;
        }
        self.state.searches.merged(&key).unwrap_or(key)
    }

    pub(crate) fn lookup(&self, key: &Key, headers: &HeaderMap) -> Lookup {
        self.state.store.lookup(&self.wanted(key, headers))
    }

    pub(crate) fn wanted<'a>(&'a self, key: &'a Key, headers: &'a HeaderMap) -> Wanted<'a> {
        Wanted::by(key, headers, &self.settings.vary_by)
    }

    /// Forgets what an unsafe request has made stale; `target` is the text of a key.
    pub(crate) fn invalidate(
        &self,
        terms: &RequestTerms,
        target: String,
        status: StatusCode,
        headers: &HeaderMap,
    ) {
        // RFC 9111 §4.4: only answers that are no errors.
        if !(status.is_success() || status.is_redirection()) {
            return;
        }
        let keyer = &self.settings.keyer;
        // Most name nothing but their target.
        if !headers.keys().any(|name| NAMING.contains(name)) && keyer.key.is_none() {
            self.forget(self.state.scopes(Key::new(target)));
            return;
        }
        let target = keyer.without_namespace(&target);
        let of = origin(target);
        let Ok(target) = &target.parse::<Uri>() else {
            return;
        };
        let uris = self
            .settings
            .policy
            .invalidates(terms, target, status, headers);
        if uris.is_empty() {
            return;
        }
        let keys = uris.iter().filter_map(|uri| keyer.key_of(uri));
        let groups = CacheGroups::invalidated_by(headers);
        let groups = groups.iter().map(|group| Scope::Tag(group_tag(of, group)));
        let scopes = keys.flat_map(|key| self.state.scopes(key));
        self.forget(scopes.chain(groups));
    }

    fn forget(&self, scopes: impl Iterator<Item = Scope>) {
        for scope in scopes {
            tracing::debug!(?scope, "invalidated by an unsafe request");
            background::finish(self.state.purge(&Purge::hard(scope)));
        }
    }
}

/// The fields of a response that name what else is stale.
static NAMING: [HeaderName; 3] = [
    LOCATION,
    CONTENT_LOCATION,
    HeaderName::from_static("cache-group-invalidation"),
];

/// The tag of a group (RFC 9875 §2: groups are those of one origin).
pub(crate) fn group_tag(origin: &str, group: &str) -> Box<str> {
    format!("{origin} {group}").into()
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("policy", &self.policy)
            .field("keyer", &self.keyer)
            .field("guard", &self.guard)
            .field("largest_body", &self.largest_body)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("usage", &self.store.usage())
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}
