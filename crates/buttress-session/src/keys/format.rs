use super::KeyRing;
use crate::{Id, store::encode};
use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::Mac;
use std::{fmt, sync::Arc};

/// How ids are made, and what they look like in a cookie.
///
/// This crate's own forms are chosen by
/// [`SessionLayer::keys`](crate::SessionLayer::keys). Others are for apps that
/// share their sessions with another framework.
pub trait IdFormat: Send + Sync + 'static {
    /// A new id, which nobody can guess.
    ///
    /// # Errors
    ///
    /// If the system gives no random bytes.
    fn generate(&self) -> Result<Id, getrandom::Error>;

    /// A new id for a session that had `old`.
    ///
    /// # Errors
    ///
    /// If the system gives no random bytes.
    fn successor(&self, old: &Id) -> Result<Id, getrandom::Error> {
        let _ = old;
        self.generate()
    }

    /// The id in a cookie of this name, if it is well-formed and genuine. The
    /// value comes from a client: anything can be in it.
    fn decode(&self, name: &str, value: &[u8]) -> Option<Decoded>;

    /// The value of the cookie: characters that a cookie may hold (RFC 6265
    /// §4.1.1, `cookie-octet`).
    fn encode(&self, name: &str, id: &Id) -> String;
}

impl IdFormat for Arc<dyn IdFormat> {
    fn generate(&self) -> Result<Id, getrandom::Error> {
        (**self).generate()
    }

    fn successor(&self, old: &Id) -> Result<Id, getrandom::Error> {
        (**self).successor(old)
    }

    fn decode(&self, name: &str, value: &[u8]) -> Option<Decoded> {
        (**self).decode(name, value)
    }

    fn encode(&self, name: &str, id: &Id) -> String {
        (**self).encode(name, id)
    }
}

/// An id that a client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decoded {
    /// The id.
    pub id: Id,
    /// Whether the cookie should be sent anew, since an older key signed it.
    pub is_stale: bool,
}

impl Decoded {
    /// An id, whose cookie is as a new one would be unless it `is_stale`.
    #[must_use]
    pub fn new(id: Id, is_stale: bool) -> Self {
        Self { id, is_stale }
    }
}

/// The id alone.
#[derive(Debug)]
pub(crate) struct PlainIds;

impl IdFormat for PlainIds {
    fn generate(&self) -> Result<Id, getrandom::Error> {
        Id::generate()
    }

    fn successor(&self, old: &Id) -> Result<Id, getrandom::Error> {
        old.successor()
    }

    fn decode(&self, _: &str, value: &[u8]) -> Option<Decoded> {
        Some(Decoded::new(Id::parse(value)?, false))
    }

    fn encode(&self, _: &str, id: &Id) -> String {
        id.expose().to_owned()
    }
}

/// The id and a tag that only the app can make, so that a forged one costs no
/// trip to the store.
pub(crate) struct TaggedIds(pub(crate) KeyRing);

/// 144 bits, which are 24 characters.
const TAG_BYTES: usize = 18;
const TAG: usize = TAG_BYTES / 3 * 4;

impl IdFormat for TaggedIds {
    fn generate(&self) -> Result<Id, getrandom::Error> {
        Id::generate()
    }

    fn successor(&self, old: &Id) -> Result<Id, getrandom::Error> {
        old.successor()
    }

    fn decode(&self, name: &str, value: &[u8]) -> Option<Decoded> {
        let at = value.len().checked_sub(TAG)?;
        let (text, tag) = value.split_at(at);
        let id = Id::parse(text)?;
        let mut bytes = [0; TAG_BYTES];
        Base64UrlUnpadded::decode(tag, &mut bytes).ok()?;
        let is_by = |key: &super::ring::RingKey| {
            let mac = key.tag.clone();
            let mac = mac.chain_update(name).chain_update("=").chain_update(text);
            mac.verify_truncated_left(&bytes).is_ok()
        };
        let index = self.0.iter().position(is_by)?;
        Some(Decoded::new(id, index > 0))
    }

    fn encode(&self, name: &str, id: &Id) -> String {
        let mac = self.0.first().tag.clone();
        let mac = mac.chain_update(name).chain_update("=");
        let tag = mac.chain_update(id.expose()).finalize().into_bytes();
        let mut value = id.expose().as_bytes().to_vec();
        let at = value.len();
        value.resize(at + TAG, 0);
        encode(&tag[..TAG_BYTES], &mut value[at..]);
        String::from_utf8(value).unwrap_or_default()
    }
}

impl fmt::Debug for TaggedIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TaggedIds").field(&self.0).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tagged(secrets: &[&str]) -> TaggedIds {
        let mut ring = KeyRing::new(secrets[0].repeat(32)).unwrap();
        for older in &secrets[1..] {
            ring = ring.accept(older.repeat(32)).unwrap();
        }
        TaggedIds(ring)
    }

    #[test]
    fn a_tag_is_of_a_key_of_a_name_and_of_an_id() {
        let (old, both, new) = (tagged(&["a"]), tagged(&["b", "a"]), tagged(&["b"]));
        let id = Id::generate().unwrap();
        let value = old.encode("sid", &id);
        let decode = |format: &TaggedIds, name, value: &str| format.decode(name, value.as_bytes());

        assert_eq!(
            decode(&old, "sid", &value),
            Some(Decoded::new(id.clone(), false))
        );
        assert_eq!(
            decode(&both, "sid", &value),
            Some(Decoded::new(id.clone(), true))
        );
        assert_eq!(decode(&new, "sid", &value), None);
        assert_eq!(decode(&old, "other", &value), None);
        let chosen = Id::generate().unwrap();
        let forged = format!("{}{}", chosen.expose(), &value[28..]);
        assert_eq!(decode(&old, "sid", &forged), None);
        assert_eq!(decode(&old, "sid", id.expose()), None);
        assert_eq!(
            decode(&both, "sid", &both.encode("sid", &id)),
            Some(Decoded::new(id, false))
        );
    }

    proptest! {
        #[test]
        fn anything_is_decoded_without_a_panic(value in proptest::collection::vec(any::<u8>(), 0..80)) {
            prop_assert_eq!(tagged(&["a"]).decode("sid", &value), None);
            let id = PlainIds.decode("sid", &value).map(|it| it.id.expose().to_owned());
            prop_assert!(id.is_none_or(|id| id.as_bytes() == value));
        }

        #[test]
        fn a_changed_byte_is_noticed(at in 0usize..52, by in 1u8..=255) {
            let format = tagged(&["a"]);
            let mut value = format.encode("sid", &Id::generate().unwrap()).into_bytes();
            value[at] ^= by;
            prop_assert_eq!(format.decode("sid", &value), None);
        }
    }

    #[test]
    fn a_short_secret_is_refused() {
        assert!(KeyRing::new([0; 31]).is_err());
        let ring = KeyRing::new([1; 32]).unwrap();
        assert!(ring.clone().accept("short").is_err());
        assert_eq!(format!("{ring:?}"), "KeyRing(1 keys)");
    }
}
