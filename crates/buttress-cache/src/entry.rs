use crate::policy::{Metadata, Seconds, Timestamp, VariantKey, Vary};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::{
    hash::{BuildHasher, RandomState},
    mem,
    sync::Arc,
};

/// A stored response: its head and its whole body.
#[derive(Clone, Debug)]
pub struct Entry {
    head: Head,
    body: Bytes,
    trailers: Option<HeaderMap>,
    body_id: u64,
    weight: usize,
}

/// What is stored of a response beside its body.
#[derive(Clone, Debug)]
pub struct Head {
    metadata: Metadata,
    vary: Vary,
    variant: VariantKey,
    tags: Arc<[Box<str>]>,
    /// The lifetime that a handler gave it, which a 304 does not repeat.
    ttl: Option<Seconds>,
    asked: Timestamp,
}

impl Entry {
    /// What an entry takes beside its fields and its body: the tables of its
    /// header map and of the store, the key and allocations.
    const OVERHEAD: usize = 384;
    /// What a field takes beside its text.
    const FIELD: usize = mem::size_of::<HeaderName>() + mem::size_of::<HeaderValue>() + 40;

    /// An entry of these parts.
    #[must_use]
    pub fn new(head: Head, body: Bytes, trailers: Option<HeaderMap>) -> Self {
        let fields = field_bytes(&head.metadata.headers) + trailers.as_ref().map_or(0, field_bytes);
        let tags: usize = head.tags.iter().map(|tag| tag.len() + 24).sum();
        Self {
            weight: Self::OVERHEAD + fields + tags + body.len(),
            // Each state of a hasher has a seed of its own: so many entries are never
            // made that two numbers are the same.
            body_id: RandomState::new().hash_one(body.len()),
            head,
            body,
            trailers,
        }
    }

    /// The same as one that was stored elsewhere, whose body had this
    /// [number](Self::body_id).
    #[must_use]
    pub fn with_body_id(mut self, id: u64) -> Self {
        self.body_id = id;
        self
    }

    /// A number by chance, which entries share that have their body and trailers from
    /// one another, and no others.
    #[must_use]
    pub fn body_id(&self) -> u64 {
        self.body_id
    }

    /// The head.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The trailers, where there were some.
    #[must_use]
    pub fn trailers(&self) -> Option<&HeaderMap> {
        self.trailers.as_ref()
    }

    /// About how many bytes of memory it takes.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.weight
    }

    /// The same body under another head, as after a validation.
    #[must_use]
    pub fn with_head(&self, head: Head) -> Self {
        let entry = Self::new(head, self.body.clone(), self.trailers.clone());
        entry.with_body_id(self.body_id)
    }

    /// The same, stale from `now` on.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> Self {
        let mut expired = self.clone();
        let freshness = &mut expired.head.metadata.freshness;
        *freshness = freshness.expired(now);
        expired
    }
}

impl Head {
    /// A head of these parts: the request for it was sent at `asked`, and had the
    /// values `variant` in the fields `vary`.
    #[must_use]
    pub fn new(metadata: Metadata, vary: Vary, variant: VariantKey, asked: Timestamp) -> Self {
        Self {
            metadata,
            vary,
            variant,
            tags: Arc::default(),
            ttl: None,
            asked,
        }
    }

    /// The same with these tags.
    #[must_use]
    pub fn with_tags(mut self, tags: impl IntoIterator<Item = Box<str>>) -> Self {
        self.tags = tags.into_iter().collect();
        self
    }

    /// The same with a lifetime that the app has set, whatever the fields say. It
    /// holds after a validation, too.
    #[must_use]
    pub fn with_ttl(mut self, ttl: Option<Seconds>) -> Self {
        self.ttl = ttl;
        self
    }

    /// The lifetime that the app has set, if it has.
    #[must_use]
    pub fn ttl(&self) -> Option<Seconds> {
        self.ttl
    }

    /// Status, fields and freshness.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The fields by which requests that it answers are told from others: those
    /// of `Vary`, and those that the layer tells apart whatever a response says.
    #[must_use]
    pub fn vary(&self) -> &Vary {
        &self.vary
    }

    /// What the requests that it answers have in those fields.
    #[must_use]
    pub fn variant(&self) -> &VariantKey {
        &self.variant
    }

    /// The tags that it can be purged by.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.tags.iter().map(|tag| &**tag)
    }

    /// When the request for it was sent.
    #[must_use]
    pub fn asked(&self) -> Timestamp {
        self.asked
    }

    /// How old it is.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Seconds {
        self.metadata.freshness.age(now)
    }

    /// The same under other metadata.
    pub(crate) fn with_metadata(&self, metadata: Metadata, asked: Timestamp) -> Self {
        Self {
            metadata,
            asked,
            ..self.clone()
        }
    }

    pub(crate) fn metadata_mut(&mut self) -> &mut Metadata {
        &mut self.metadata
    }
}

fn field_bytes(fields: &HeaderMap) -> usize {
    let text = fields
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len());
    text.sum::<usize>() + fields.capacity() * Entry::FIELD
}

/// The same fields in a buffer of their own. Those that come from a connection
/// are slices of what was read from it, which would be kept with them; and one
/// buffer is cheaper to count references to than many.
pub(crate) fn compact(fields: &HeaderMap) -> HeaderMap {
    let buffer: Vec<u8> = fields
        .values()
        .flat_map(HeaderValue::as_bytes)
        .copied()
        .collect();
    let buffer = Bytes::from(buffer.into_boxed_slice());
    let mut compacted = HeaderMap::with_capacity(fields.len());
    let mut start = 0;
    for (name, value) in fields {
        let slice = buffer.slice(start..start + value.len());
        start += value.len();
        let mut copy = HeaderValue::from_maybe_shared(slice).unwrap_or_else(|_| value.clone());
        copy.set_sensitive(value.is_sensitive());
        compacted.append(name, copy);
    }
    compacted
}
