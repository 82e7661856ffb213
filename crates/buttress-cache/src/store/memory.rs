use super::{
    BoxFuture, Lookup, Store, StoreResult, Usage, Wanted,
    tags::{State, Tags},
};
use crate::{Entry, Key, Purge, Scope, key::BuildKeyHasher, policy::Timestamp};
use quick_cache::{Lifecycle, OptionsBuilder, Weighter, sync::Cache};
use std::{
    fmt,
    future::ready,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

/// Responses in memory, the least useful of which make room for others.
///
/// It holds as many bytes as it is made for, what an entry costs beside its body
/// included. What was asked for more than once stays longer: a scan does not
/// sweep it empty.
///
/// | | default |
/// |---|---|
/// | bytes | 64 MiB |
/// | variants of a key | 16; the oldest goes |
/// | largest entry | an eighth of the bytes, or 8 MiB if that is more and there is room |
pub struct MemoryStore {
    cache: Cache<Key, Slot, Weight, BuildKeyHasher, CountEvicted>,
    tags: Tags,
    /// What is put is read, changed and written; lookups do not wait for it.
    writes: Mutex<()>,
    variants: usize,
    evicted: Arc<AtomicU64>,
}

/// One key's variants, the newest first.
#[derive(Clone)]
enum Slot {
    /// As most are: without a further step to take on each hit.
    One(Kept),
    Many(Arc<[Kept]>),
}

#[derive(Clone)]
struct Kept {
    entry: Arc<Entry>,
    /// When it was put, in the order of tag purges.
    stamp: u64,
}

impl MemoryStore {
    const MIB: usize = 1024 * 1024;
    /// A share of the store smaller than this would refuse what others take.
    const SHARD: usize = 8 * Self::MIB;
    /// What a response of an API typically takes; a guess ten times off is fine.
    const TYPICAL: usize = 4 * 1024;

    /// A store of 64 MiB.
    #[must_use]
    pub fn new() -> Self {
        Self::with_bytes(64 * Self::MIB)
    }

    /// A store of so many bytes.
    #[must_use]
    pub fn with_bytes(bytes: usize) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let shards = (bytes / Self::SHARD).clamp(1, 4 * cores);
        // Rounded down, since the cache would round it up.
        let shards = 1 << shards.ilog2();
        let options = OptionsBuilder::new()
            .shards(shards)
            .estimated_items_capacity((bytes / Self::TYPICAL).max(32 * shards))
            .weight_capacity(bytes as u64)
            .build()
            .expect("both capacities are set");
        let evicted = Arc::<AtomicU64>::default();
        let lifecycle = CountEvicted(evicted.clone());
        Self {
            cache: Cache::with_options(options, Weight, BuildKeyHasher::default(), lifecycle),
            tags: Tags::default(),
            writes: Mutex::default(),
            variants: 16,
            evicted,
        }
    }

    /// How many variants a key has at most: 16, if not said otherwise.
    #[must_use]
    pub fn variants(mut self, most: usize) -> Self {
        self.variants = most.max(1);
        self
    }

    /// How many bytes an entry may [weigh](Entry::weight) to be kept.
    #[must_use]
    pub fn largest_entry(&self) -> u64 {
        self.cache.shard_capacity()
    }

    fn purge_now(&self, purge: &Purge) {
        let _writes = self.writes();
        match (&purge.scope, purge.stale_from) {
            // Found stale or gone when looked up, however many carry it.
            (Scope::Tag(tag), stale_from) => self.tags.purge(tag, stale_from),
            (Scope::Key(key), None) => drop(self.cache.remove(key)),
            (Scope::Key(key), Some(from)) => {
                if let Some(slot) = self.cache.peek(key) {
                    self.cache.insert(key.clone(), slot.expired(from));
                }
            }
            (Scope::All, None) => self.cache.clear(),
            (Scope::Prefix(prefix), None) => {
                self.cache
                    .retain(|key, _| !key.as_str().starts_with(&**prefix));
            }
            (scope, Some(from)) => self.expire_all(scope, from),
        }
    }

    fn expire_all(&self, scope: &Scope, from: Timestamp) {
        let concerned = |key: &Key| match scope {
            Scope::Prefix(prefix) => key.as_str().starts_with(&**prefix),
            _ => true,
        };
        let slots = self.cache.iter().filter(|(key, _)| concerned(key));
        // Collected, because writing during the walk would lock twice.
        for (key, slot) in slots.collect::<Vec<_>>() {
            // Ok or not: what was put out meanwhile needs no change.
            let _ = self.cache.replace(key, slot.expired(from), true);
        }
    }

    fn writes(&self) -> MutexGuard<'_, ()> {
        self.writes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl Store for MemoryStore {
    fn lookup(&self, wanted: &Wanted<'_>) -> Lookup {
        let Some(slot) = self.cache.get(wanted.key()) else {
            return Lookup::Miss;
        };
        let found = match slot {
            Slot::One(kept) => Some(kept).filter(|kept| wanted.accepts(kept.entry.head())),
            Slot::Many(variants) => {
                let mut variants = variants.iter();
                variants
                    .find(|kept| wanted.accepts(kept.entry.head()))
                    .cloned()
            }
        };
        let Some(Kept { entry, stamp }) = found else {
            return Lookup::VariantMiss;
        };
        match self.tags.state(entry.head(), stamp) {
            State::Current => Lookup::Hit(entry),
            State::Stale(from) => Lookup::Hit(Arc::new(entry.expired(from))),
            State::Purged => Lookup::Miss,
        }
    }

    fn put(&self, key: &Key, entry: Arc<Entry>) {
        let _writes = self.writes();
        let stamp = self.tags.stamp();
        let mut variants = vec![Kept { entry, stamp }];
        if let Some(known) = self.cache.peek(key) {
            let entry = variants[0].entry.clone();
            let is_other = |kept: &&Kept| kept.entry.head().variant() != entry.head().variant();
            let others = known.variants().iter().filter(is_other).cloned();
            variants.extend(others.take(self.variants - 1));
        }
        while variants.len() > 1 && weight(key, &variants) > self.cache.shard_capacity() {
            variants.pop();
        }
        self.cache.insert(key.clone(), Slot::new(variants));
    }

    fn purge(&self, purge: &Purge) -> BoxFuture<StoreResult> {
        self.purge_now(purge);
        Box::pin(ready(Ok(())))
    }

    fn usage(&self) -> Usage {
        Usage {
            keys: self.cache.len() as u64,
            bytes: self.cache.weight(),
            evicted: self.evicted.load(Ordering::Relaxed),
        }
    }
}

impl Slot {
    fn new(mut variants: Vec<Kept>) -> Self {
        match variants.pop() {
            Some(kept) if variants.is_empty() => Self::One(kept),
            last => Self::Many(variants.into_iter().chain(last).collect()),
        }
    }

    fn variants(&self) -> &[Kept] {
        match self {
            Self::One(kept) => std::slice::from_ref(kept),
            Self::Many(variants) => variants,
        }
    }

    fn expired(&self, from: Timestamp) -> Self {
        let expired = |kept: &Kept| Kept {
            entry: Arc::new(kept.entry.expired(from)),
            stamp: kept.stamp,
        };
        Self::new(self.variants().iter().map(expired).collect())
    }
}

fn weight(key: &Key, variants: &[Kept]) -> u64 {
    let variants = variants.iter().map(|kept| kept.entry.weight());
    (key.as_str().len() + variants.sum::<usize>()) as u64
}

#[derive(Clone)]
struct Weight;

impl Weighter<Key, Slot> for Weight {
    fn weight(&self, key: &Key, slot: &Slot) -> u64 {
        weight(key, slot.variants())
    }
}

#[derive(Clone)]
struct CountEvicted(Arc<AtomicU64>);

impl Lifecycle<Key, Slot> for CountEvicted {
    type RequestState = ();

    fn on_evict(&self, (): &mut (), _: Key, _: Slot) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("usage", &self.usage())
            .finish_non_exhaustive()
    }
}
