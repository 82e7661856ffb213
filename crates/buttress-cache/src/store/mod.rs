//! Where responses are kept.

#[cfg(feature = "conformance")]
pub mod conformance;
mod lookup;
mod memory;
mod tags;
mod tiered;

pub use self::{
    lookup::{Lookup, Wanted},
    memory::MemoryStore,
    tiered::Tiered,
};

use crate::{BoxError, Entry, Key, Purge};
use std::{future::Future, pin::Pin, sync::Arc};

/// A boxed future, as a store gives it for what needs IO.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What a store says when it could not do something.
pub type StoreResult = Result<(), BoxError>;

/// A place for responses.
///
/// Under one [`Key`] there are several variants, told apart by `Vary`; a store
/// gives the newest that [answers](Wanted::accepts) a request, whether or not it
/// is fresh: freshness is the layer's to judge. A store may forget anything at any time,
/// and must not give anything that was purged.
///
/// None of the functions may block, and none fails a request: a store that cannot
/// answer says that it has nothing. Hold a store of your own against
/// [`conformance`](crate::store) (feature `conformance`).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a store of responses",
    label = "not a store",
    note = "`MemoryStore`, `Tiered` and an `Arc` of a store are; `buttress-cache-redis` has one that processes share"
)]
pub trait Store: Send + Sync + 'static {
    /// What is known of a request at once. On the path of each hit: a store in
    /// memory answers here and allocates nothing.
    fn lookup(&self, wanted: &Wanted<'_>) -> Lookup;

    /// What is known of a request after asking elsewhere, where
    /// [`lookup`](Self::lookup) said [`Lookup::Ask`].
    fn ask(&self, wanted: Wanted<'static>) -> BoxFuture<Option<Arc<Entry>>> {
        drop(wanted);
        Box::pin(std::future::ready(None))
    }

    /// Keeps a variant in place of one for the same requests. A store that needs
    /// IO for it does that in the background, within bounds of its own.
    fn put(&self, key: &Key, entry: Arc<Entry>);

    /// Keeps a variant under a newer head, as after a validation, in place of the older
    /// one. Its body has been [put](Self::put), and has kept its
    /// [number](Entry::body_id): a store that has them apart writes the head alone, if
    /// it still has that body. If not, it has to keep all of it, or nothing.
    fn freshen(&self, key: &Key, entry: Arc<Entry>) {
        self.put(key, entry);
    }

    /// Purges at once what it can, and answers when the rest is done, too.
    fn purge(&self, purge: &Purge) -> BoxFuture<StoreResult>;

    /// Gives a hook to be called for each purge that another process has done to
    /// what the two share.
    fn on_remote_purge(&self, hook: RemotePurge) {
        drop(hook);
    }

    /// What it holds now.
    fn usage(&self) -> Usage {
        Usage::default()
    }
}

/// See [`Store::on_remote_purge`].
pub type RemotePurge = Arc<dyn Fn(&Purge) + Send + Sync>;

/// What a store holds, as far as it knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// Keys with at least one variant.
    pub keys: u64,
    /// The bytes that they take, what they cost beside their bodies included.
    pub bytes: u64,
    /// How many keys were put out to make room so far.
    pub evicted: u64,
}

impl Usage {
    /// So many keys of so many bytes, and so many that had to go.
    #[must_use]
    pub fn new(keys: u64, bytes: u64, evicted: u64) -> Self {
        Self {
            keys,
            bytes,
            evicted,
        }
    }
}

/// A store can be shared, and chosen at run time.
impl<T: Store + ?Sized> Store for Arc<T> {
    fn lookup(&self, wanted: &Wanted<'_>) -> Lookup {
        (**self).lookup(wanted)
    }

    fn ask(&self, wanted: Wanted<'static>) -> BoxFuture<Option<Arc<Entry>>> {
        (**self).ask(wanted)
    }

    fn put(&self, key: &Key, entry: Arc<Entry>) {
        (**self).put(key, entry);
    }

    fn freshen(&self, key: &Key, entry: Arc<Entry>) {
        (**self).freshen(key, entry);
    }

    fn purge(&self, purge: &Purge) -> BoxFuture<StoreResult> {
        (**self).purge(purge)
    }

    fn on_remote_purge(&self, hook: RemotePurge) {
        (**self).on_remote_purge(hook);
    }

    fn usage(&self) -> Usage {
        (**self).usage()
    }
}
