use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};
use std::{
    fmt,
    hash::{Hash, Hasher},
    str,
    sync::Arc,
};

/// Where a store keeps a session: the SHA-256 of its id, so that whoever reads
/// the store cannot take over a session.
///
/// A store that has to share records with another framework sees the id itself
/// ([`Capabilities::raw_ids`](crate::Capabilities::raw_ids)). `Display` writes
/// either as text, [`parse`](Self::parse) reads the former back, and `Debug`
/// shows no more than the family.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoreKey(Repr);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Repr {
    Hashed {
        digest: [u8; DIGEST],
        family: [u8; FAMILY],
    },
    Raw(Arc<str>),
}

const DIGEST: usize = 32;
/// Three random bytes as text.
const FAMILY: usize = 4;
/// Family, a full stop, the digest as text.
const TEXT: usize = FAMILY + 1 + 43;

impl StoreKey {
    /// The key of `secret`, whatever that is, in a family that comes of it.
    #[must_use]
    pub fn hashed(secret: &[u8]) -> Self {
        let digest: [u8; DIGEST] = Sha256::digest(secret).into();
        let mut family = [0; FAMILY];
        encode(&digest[..3], &mut family);
        Self(Repr::Hashed { digest, family })
    }

    /// The key of `secret` in a family.
    pub(crate) fn in_family(secret: &[u8], family: [u8; FAMILY]) -> Self {
        let digest = Sha256::digest(secret).into();
        Self(Repr::Hashed { digest, family })
    }

    /// The id itself.
    #[must_use]
    pub fn raw(id: &str) -> Self {
        Self(Repr::Raw(id.into()))
    }

    /// The digest, or the bytes of the raw id.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Repr::Hashed { digest, .. } => digest,
            Repr::Raw(id) => id.as_bytes(),
        }
    }

    /// Four letters, digits, `-` or `_` that a session keeps through all
    /// rotations: as a hash tag (`{family}`) they put its old and its new record
    /// onto one node of a cluster. Raw ids have none.
    #[must_use]
    pub fn family(&self) -> Option<&str> {
        match &self.0 {
            Repr::Hashed { family, .. } => str::from_utf8(family).ok(),
            Repr::Raw(_) => None,
        }
    }

    /// Reads what `Display` wrote of a hashed key.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.as_bytes();
        if text.len() != TEXT || text[FAMILY] != b'.' {
            return None;
        }
        let family: [u8; FAMILY] = text[..FAMILY].try_into().ok()?;
        Base64UrlUnpadded::decode(family, &mut [0; 3]).ok()?;
        let mut digest = [0; DIGEST];
        Base64UrlUnpadded::decode(&text[FAMILY + 1..], &mut digest).ok()?;
        Some(Self(Repr::Hashed { digest, family }))
    }
}

/// The digest says all.
impl Hash for StoreKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.as_bytes());
    }
}

impl fmt::Display for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Hashed { digest, family } => {
                let mut text = [b'.'; TEXT];
                text[..FAMILY].copy_from_slice(family);
                encode(digest, &mut text[FAMILY + 1..]);
                f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
            }
            Repr::Raw(id) => f.write_str(id),
        }
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreKey({}…)", self.family().unwrap_or_default())
    }
}

/// Writes `bytes` as text of just the length of `text`.
pub(crate) fn encode(bytes: &[u8], text: &mut [u8]) {
    let written = Base64UrlUnpadded::encode(bytes, text).map(str::len);
    debug_assert_eq!(written, Ok(text.len()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_key_comes_back_from_its_text(secret: Vec<u8>) {
            let key = StoreKey::hashed(&secret);
            prop_assert_eq!(StoreKey::parse(&key.to_string()), Some(key));
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,60}") {
            if let Some(key) = StoreKey::parse(&text) {
                prop_assert_eq!(key.to_string(), text);
            }
        }
    }

    #[test]
    fn debug_shows_no_id() {
        assert_eq!(format!("{:?}", StoreKey::raw("secret")), "StoreKey(…)");
    }
}
