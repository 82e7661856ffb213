//! Encoded forms of immutable bodies, kept to be sent again.

use crate::Encoding;
use bytes::Bytes;
use http::HeaderValue;
use std::sync::Arc;

/// How a body that may be kept is told from others.
pub(crate) enum Marker {
    /// By its strong entity tag.
    Tag(HeaderValue),
    /// By where it lies in memory, for handlers that send one `Bytes` again and
    /// again.
    Memory,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(not(feature = "compress-once"), allow(dead_code))]
pub(crate) struct Key {
    identity: Identity,
    encoding: Encoding,
    level: i32,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Identity {
    Tag(HeaderValue),
    Memory { start: usize, len: usize },
}

impl Marker {
    pub(crate) fn of(strong_tag: Option<&HeaderValue>, hinted: bool) -> Option<Self> {
        match strong_tag {
            Some(tag) => Some(Self::Tag(tag.clone())),
            None => hinted.then_some(Self::Memory),
        }
    }

    pub(crate) fn key(&self, body: &Bytes, encoding: Encoding, level: i32) -> Key {
        let identity = match self {
            Self::Tag(tag) => Identity::Tag(tag.clone()),
            Self::Memory => Identity::Memory {
                start: body.as_ptr().addr(),
                len: body.len(),
            },
        };
        Key {
            identity,
            encoding,
            level,
        }
    }
}

/// Keeps what a stream makes of a body that may be kept.
pub(crate) struct Recorder {
    once: Arc<Once>,
    key: Key,
    body: Bytes,
    encoded: Vec<u8>,
}

impl Recorder {
    pub(crate) fn new(once: Arc<Once>, key: Key, body: Bytes) -> Self {
        Self {
            once,
            key,
            body,
            encoded: Vec::new(),
        }
    }

    pub(crate) fn write(&mut self, encoded: &[u8]) {
        self.encoded.extend_from_slice(encoded);
    }

    pub(crate) fn finish(self) {
        let encoded = self.encoded.into_boxed_slice().into();
        self.once.put(self.key, &self.body, &encoded);
    }
}

#[cfg(feature = "compress-once")]
pub(crate) use cache::Once;

#[cfg(feature = "compress-once")]
mod cache {
    use super::{Identity, Key};
    use bytes::Bytes;
    use quick_cache::{
        DefaultHashBuilder, OptionsBuilder, Weighter,
        sync::{Cache, DefaultLifecycle},
    };
    use std::fmt;

    /// What an entry costs beside its two bodies: key, slot and handles.
    const OVERHEAD: u64 = 256;

    /// Bounded in bytes. An entry keeps the body that it was made from, so that
    /// a hit is certain whatever a handler puts into its tags, and so that its
    /// memory cannot become another body's.
    pub(crate) struct Once {
        entries: Cache<Key, Entry, Weight>,
        capacity: u64,
    }

    #[derive(Clone)]
    struct Entry {
        body: Bytes,
        encoded: Bytes,
    }

    #[derive(Clone)]
    struct Weight;

    impl Weighter<Key, Entry> for Weight {
        fn weight(&self, _: &Key, entry: &Entry) -> u64 {
            OVERHEAD + (entry.body.len() + entry.encoded.len()) as u64
        }
    }

    impl Once {
        pub(crate) fn new(capacity: u64) -> Self {
            // An estimate that sizes the index; the bound is the weight.
            let entries = usize::try_from(capacity / (16 * 1024)).unwrap_or(usize::MAX);
            // In one piece: by default the room is split into four shards for each
            // core, and what is larger than a shard is never kept.
            let options = OptionsBuilder::new()
                .shards(1)
                .estimated_items_capacity(entries.clamp(16, 1 << 20))
                .weight_capacity(capacity)
                .build()
                // Nothing but a capacity left out is refused.
                .expect("both capacities are set");
            let (hash, lifecycle) = (DefaultHashBuilder::default(), DefaultLifecycle::default());
            Self {
                entries: Cache::with_options(options, Weight, hash, lifecycle),
                capacity,
            }
        }

        pub(crate) fn get(&self, key: &Key, body: &Bytes) -> Option<Bytes> {
            let entry = self.entries.get(key)?;
            let same = entry.body.as_ptr() == body.as_ptr() && entry.body.len() == body.len()
                || entry.body == body;
            same.then_some(entry.encoded)
        }

        /// Whether an entry for a body of this length is worth making.
        pub(crate) fn has_room_for(&self, body: usize) -> bool {
            OVERHEAD + 2 * body as u64 <= self.capacity
        }

        pub(crate) fn put(&self, key: Key, body: &Bytes, encoded: &Bytes) {
            let body = match &key.identity {
                // It may be a piece of something much larger, which this would
                // keep alive.
                Identity::Tag(_) => Bytes::copy_from_slice(body),
                // Or else its memory could become another body's.
                Identity::Memory { .. } => body.clone(),
            };
            let entry = Entry {
                body,
                encoded: encoded.clone(),
            };
            self.entries.insert(key, entry);
        }
    }

    impl fmt::Debug for Once {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Once")
                .field("capacity", &self.capacity)
                .field("entries", &self.entries.len())
                .finish_non_exhaustive()
        }
    }
}

/// Without the feature there is no cache to be had.
#[cfg(not(feature = "compress-once"))]
#[derive(Debug)]
pub(crate) enum Once {}

#[cfg(not(feature = "compress-once"))]
impl Once {
    pub(crate) fn get(&self, _: &Key, _: &Bytes) -> Option<Bytes> {
        match *self {}
    }

    pub(crate) fn has_room_for(&self, _: usize) -> bool {
        match *self {}
    }

    pub(crate) fn put(&self, _: Key, _: &Bytes, _: &Bytes) {
        match *self {}
    }
}
