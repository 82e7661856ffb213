use crate::store::{StoreKey, encode};
use std::{fmt, str};

/// What a client has to know to be taken for the owner of a session.
///
/// Made of 144 random bits, behind four characters that are no secret: the
/// [family](StoreKey::family), which a session keeps when its id is changed.
/// `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Id(Repr);

#[derive(Clone, PartialEq, Eq)]
enum Repr {
    Own([u8; LEN]),
    Foreign(Box<str>),
}

const FAMILY_BYTES: usize = 3;
const RANDOM_BYTES: usize = 18;
const FAMILY: usize = 4;
/// Each three bytes are four characters, and nothing is left over: each id has
/// one text, and each text of this length one id.
const LEN: usize = (FAMILY_BYTES + RANDOM_BYTES) / 3 * 4;
const MOST_FOREIGN: usize = 256;

/// The bytes that an id is made of.
static IN_IDS: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < table.len() {
        table[byte] = matches!(byte as u8, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_');
        byte += 1;
    }
    table
};

impl Id {
    /// A new id, in a new family.
    ///
    /// # Errors
    ///
    /// If the system gives no random bytes.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; FAMILY_BYTES + RANDOM_BYTES];
        getrandom::fill(&mut bytes)?;
        let mut text = [0; LEN];
        encode(&bytes, &mut text);
        Ok(Self(Repr::Own(text)))
    }

    /// A new id for the same session.
    ///
    /// # Errors
    ///
    /// If the system gives no random bytes.
    pub fn successor(&self) -> Result<Self, getrandom::Error> {
        let mut next = Self::generate()?;
        if let (Repr::Own(next), Repr::Own(old)) = (&mut next.0, &self.0) {
            next[..FAMILY].copy_from_slice(&old[..FAMILY]);
        }
        Ok(next)
    }

    /// Reads an id of this crate's own form.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text: [u8; LEN] = text.try_into().ok()?;
        let is_fine = text.iter().all(|&byte| IN_IDS[usize::from(byte)]);
        is_fine.then_some(Self(Repr::Own(text)))
    }

    /// An id of some other framework's form: visible ASCII, 256 bytes at most.
    #[must_use]
    pub fn foreign(text: &str) -> Option<Self> {
        let is_fine = text.bytes().all(|byte| byte.is_ascii_graphic());
        (is_fine && (1..=MOST_FOREIGN).contains(&text.len()))
            .then(|| Self(Repr::Foreign(text.into())))
    }

    /// The id as text: a secret.
    #[must_use]
    pub fn expose(&self) -> &str {
        match &self.0 {
            // Always ASCII, as made and as parsed.
            Repr::Own(text) => str::from_utf8(text).unwrap_or_default(),
            Repr::Foreign(text) => text,
        }
    }

    /// Where a store keeps the session: under the hash, or under the id itself if
    /// that is how it [works](crate::Capabilities::raw_ids).
    #[must_use]
    pub fn store_key(&self, raw: bool) -> StoreKey {
        match &self.0 {
            _ if raw => StoreKey::raw(self.expose()),
            Repr::Own(text) => {
                let family = [text[0], text[1], text[2], text[3]];
                StoreKey::in_family(text, family)
            }
            Repr::Foreign(text) => StoreKey::hashed(text.as_bytes()),
        }
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Id(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_is_parsed_has_one_text(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Some(id) = Id::parse(&bytes) {
                prop_assert_eq!(id.expose().as_bytes(), bytes);
            }
        }
    }

    #[test]
    fn an_id_comes_back_from_its_text_and_shows_nothing() {
        let id = Id::generate().unwrap();
        assert_eq!(Id::parse(id.expose().as_bytes()), Some(id.clone()));
        assert_eq!(format!("{id:?}"), "Id(…)");
    }

    #[test]
    fn a_successor_shares_the_family_and_nothing_else() {
        let id = Id::generate().unwrap();
        let next = id.successor().unwrap();
        assert_ne!(id, next);
        assert_eq!(id.store_key(false).family(), next.store_key(false).family());
        assert_ne!(id.expose()[FAMILY..], next.expose()[FAMILY..]);
    }
}
