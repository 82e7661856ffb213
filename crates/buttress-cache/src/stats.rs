use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What a cache has done so far.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Stats {
            $($(#[$doc])* pub $name: u64,)*
        }

        #[derive(Debug, Default)]
        pub(crate) struct Counters {
            $(pub(crate) $name: Counter,)*
        }

        impl Counters {
            pub(crate) fn read(&self) -> Stats {
                Stats {
                    $($name: self.$name.0.load(Ordering::Relaxed),)*
                }
            }
        }
    };
}

counters! {
    /// Requests answered from the store with what is fresh, or what the client
    /// takes stale.
    hits,
    /// Requests answered with what is stale while it is refreshed, or because the
    /// origin failed.
    stale,
    /// Requests that went to the origin for lack of a stored response.
    misses,
    /// Requests that got what another one brought.
    coalesced,
    /// Stored responses that the origin said are still good.
    revalidated,
    /// Requests that the cache had no part in.
    bypassed,
    /// Responses stored.
    stored,
    /// Responses that could have been stored, and came neither whole nor in time,
    /// or were too large.
    unstored,
    /// Bytes of bodies served from the store.
    bytes,
}

#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn one(&self) {
        self.add(1);
    }

    pub(crate) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }
}
