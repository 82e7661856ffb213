use crate::{
    Key, Purge, Scope, Stats, StoreResult, Usage,
    clock::Clock,
    keyer::Keyer,
    shared::{Settings, State},
};
use http::Uri;
use std::{fmt, sync::Arc};

/// A handle to a cache: to purge by, and to read what it has done.
///
/// From [`CacheLayer::handle`](crate::CacheLayer::handle); it belongs into the state
/// of an app. What is in memory is purged before the first await; the future tells
/// whether all stores have heard of it.
#[derive(Clone)]
pub struct Cache {
    state: Arc<State>,
    keyer: Arc<Keyer>,
    clock: Clock,
}

impl Cache {
    pub(crate) fn new(state: Arc<State>, settings: &Settings) -> Self {
        Self {
            state,
            keyer: Arc::new(settings.keyer.clone()),
            clock: settings.clock.clone(),
        }
    }

    /// Purges all variants of an absolute URI.
    ///
    /// # Errors
    ///
    /// If a store could not be reached. What it gives out later is what it had.
    pub async fn purge(&self, uri: &Uri) -> StoreResult {
        match self.keyer.key_of(uri) {
            Some(key) => self.each(key, Purge::hard).await,
            None => Err("only an absolute URI has a key".into()),
        }
    }

    /// Purges all variants of a key that [`CacheLayer::key`](crate::CacheLayer::key) made.
    ///
    /// # Errors
    ///
    /// As [`purge`](Self::purge).
    pub async fn purge_key(&self, key: &str) -> StoreResult {
        self.hard(Scope::Key(Key::new(self.keyer.named(key)))).await
    }

    /// Purges all URIs that begin with this text, `https://example.com/a` for
    /// example. It looks at every key that is stored.
    ///
    /// # Errors
    ///
    /// As [`purge`](Self::purge).
    pub async fn purge_prefix(&self, prefix: &str) -> StoreResult {
        self.hard(self.prefix(prefix)).await
    }

    /// Purges all responses with a [tag](crate::CacheRules::tag), at the same cost
    /// whether they are one or a million: those of other namespaces on the store as
    /// well.
    ///
    /// # Errors
    ///
    /// As [`purge`](Self::purge).
    pub async fn purge_tag(&self, tag: &str) -> StoreResult {
        self.hard(Scope::Tag(tag.into())).await
    }

    /// Purges everything in the store, that of other layers on it as well.
    ///
    /// # Errors
    ///
    /// As [`purge`](Self::purge).
    pub async fn purge_all(&self) -> StoreResult {
        self.hard(Scope::All).await
    }

    /// Makes all variants of an absolute URI stale.
    ///
    /// # Errors
    ///
    /// As [`purge`](Self::purge).
    pub async fn soft_purge(&self, uri: &Uri) -> StoreResult {
        match self.keyer.key_of(uri) {
            Some(key) => {
                let now = self.clock.now();
                self.each(key, |scope| Purge::soft(scope, now)).await
            }
            None => Err("only an absolute URI has a key".into()),
        }
    }

    /// Makes all URIs stale that begin with this text.
    ///
    /// # Errors
    ///
    /// As [`purge`](Self::purge).
    pub async fn soft_purge_prefix(&self, prefix: &str) -> StoreResult {
        self.soft(self.prefix(prefix)).await
    }

    /// Makes all responses with a tag stale.
    ///
    /// # Errors
    ///
    /// As [`purge`](Self::purge).
    pub async fn soft_purge_tag(&self, tag: &str) -> StoreResult {
        self.soft(Scope::Tag(tag.into())).await
    }

    /// What the cache has done so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.state.counters.read()
    }

    /// What the store holds.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.state.store.usage()
    }

    /// Purges whatever a URI with this key may be stored under.
    async fn each(&self, key: Key, purge: impl Fn(Scope) -> Purge) -> StoreResult {
        let scopes = self.state.scopes(key);
        // Memory is done with when these are made, and nothing is left out because
        // one of them fails.
        let purges: Vec<_> = scopes
            .map(|scope| self.state.purge(&purge(scope)))
            .collect();
        let mut result = Ok(());
        for purge in purges {
            let purged = purge.await;
            if result.is_ok() {
                result = purged;
            }
        }
        result
    }

    async fn hard(&self, scope: Scope) -> StoreResult {
        self.state.purge(&Purge::hard(scope)).await
    }

    async fn soft(&self, scope: Scope) -> StoreResult {
        let now = self.clock.now();
        self.state.purge(&Purge::soft(scope, now)).await
    }

    fn prefix(&self, prefix: &str) -> Scope {
        Scope::Prefix(self.keyer.named(prefix).into())
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("state", &self.state).finish()
    }
}
