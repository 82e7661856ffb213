use super::{BoxFuture, Lookup, RemotePurge, Store, StoreResult, Usage, Wanted};
use crate::{Entry, Key, Purge, purge::Recent};
use std::sync::Arc;

/// Two stores, of which the first is asked first: one in memory before one that
/// processes share.
///
/// What the second has is put into the first when it is asked for. Times are
/// absolute, so its age goes on; what the first has got meanwhile stays, if it is
/// newer. A purge goes to both; one that another process
/// did to the second reaches the first as soon as the second hears of it.
#[derive(Debug)]
pub struct Tiered<A, B> {
    first: Arc<A>,
    second: B,
    /// What comes from the second tier after a purge may have been read before it.
    purges: Arc<Recent>,
}

impl<A: Store, B: Store> Tiered<A, B> {
    /// `first`, and behind it `second`.
    #[must_use]
    pub fn new(first: A, second: B) -> Self {
        let (first, purges) = (Arc::new(first), Arc::<Recent>::default());
        second.on_remote_purge(Arc::new({
            let (first, purges) = (first.clone(), purges.clone());
            move |purge| {
                purges.note(purge.scope.clone());
                // A first tier has done its part when `purge` returns.
                drop(first.purge(purge));
            }
        }));
        Self {
            first,
            second,
            purges,
        }
    }

    /// The first tier.
    #[must_use]
    pub fn first(&self) -> &A {
        &self.first
    }

    /// The second tier.
    #[must_use]
    pub fn second(&self) -> &B {
        &self.second
    }
}

impl<A: Store, B: Store> Store for Tiered<A, B> {
    fn lookup(&self, wanted: &Wanted<'_>) -> Lookup {
        match self.first.lookup(wanted) {
            Lookup::Miss | Lookup::VariantMiss => self.second.lookup(wanted),
            found => found,
        }
    }

    fn ask(&self, wanted: Wanted<'static>) -> BoxFuture<Option<Arc<Entry>>> {
        let (first, purges) = (self.first.clone(), self.purges.clone());
        let begun = purges.now();
        let asked = self.second.ask(wanted.clone());
        Box::pin(async move {
            let entry = asked.await?;
            // Meanwhile the first may have got a newer one, which stays.
            if let Lookup::Hit(known) = first.lookup(&wanted) {
                if known.head().asked() >= entry.head().asked() {
                    return Some(known);
                }
            }
            let key = wanted.key();
            let put = || first.put(key, entry.clone());
            purges
                .unless_purged(begun, (key, &entry), put)
                .then_some(entry)
        })
    }

    fn put(&self, key: &Key, entry: Arc<Entry>) {
        self.first.put(key, entry.clone());
        self.second.put(key, entry);
    }

    fn freshen(&self, key: &Key, entry: Arc<Entry>) {
        self.first.freshen(key, entry.clone());
        self.second.freshen(key, entry);
    }

    fn purge(&self, purge: &Purge) -> BoxFuture<StoreResult> {
        self.purges.note(purge.scope.clone());
        let (first, second) = (self.first.purge(purge), self.second.purge(purge));
        Box::pin(async move {
            let first = first.await;
            second.await.and(first)
        })
    }

    fn on_remote_purge(&self, hook: RemotePurge) {
        self.second.on_remote_purge(hook);
    }

    fn usage(&self) -> Usage {
        self.first.usage()
    }
}
