use std::{
    fmt,
    hash::{BuildHasher, Hash, Hasher, RandomState},
    sync::LazyLock,
};

/// What a response is stored under, whichever variant it is.
///
/// A key is one text. That of a layer is its namespace, the URI of the target
/// with a lower-case host and without a default port, and what else the layer was
/// told to tell apart. Its hash is made once, with a seed of this process: who
/// sends requests cannot make keys that collide.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    // First, so that keys are compared by it first.
    hash: u64,
    text: Box<str>,
}

/// The hash of the key whose text these pieces make together.
pub(crate) fn hash<const N: usize>(pieces: [&str; N]) -> u64 {
    let mut hasher = SEED.build_hasher();
    for piece in pieces {
        // Without an end mark: where pieces end makes no difference.
        hasher.write(piece.as_bytes());
    }
    hasher.finish()
}

static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::new);

impl Key {
    /// The key with this text.
    #[must_use]
    pub fn new(text: impl Into<Box<str>>) -> Self {
        let text = text.into();
        Self {
            hash: hash([&*text]),
            text,
        }
    }

    /// The key with this text, the [`hash`] of which is known.
    pub(crate) fn hashed(text: impl Into<Box<str>>, hash: u64) -> Self {
        let text = text.into();
        Self { hash, text }
    }

    /// Its text, which is the same in every process.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its hash, which is another one in every process.
    pub(crate) fn short_hash(&self) -> u64 {
        self.hash
    }
}

/// Feeds the hash that the key has: good for a hasher that changes nothing, and
/// for any other one.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&self.text).finish()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A hasher for maps of [`Key`]s: it takes their hash as it is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Not called for keys; a fold keeps it right for anything else.
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// See [`KeyHasher`].
pub(crate) type BuildKeyHasher = std::hash::BuildHasherDefault<KeyHasher>;
