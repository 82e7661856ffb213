use super::KeyRing;
use crate::store::{Entries, Snapshot};
use base64ct::{Base64UrlUnpadded, Encoding};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use zeroize::Zeroizing;

/// Writes whole sessions into cookies that only the app can read and make.
///
/// XChaCha20-Poly1305: its nonces of 192 random bits never meet, whatever number
/// of processes share the ring. The name of the cookie is sealed along.
#[derive(Clone)]
pub(crate) struct Seal {
    ring: KeyRing,
}

/// What was in a cookie.
#[derive(Debug)]
pub(crate) struct Sealed {
    pub(crate) snapshot: Snapshot,
    /// When it was sealed: the session was used then.
    pub(crate) used: SystemTime,
    /// Whether a new cookie would be sealed by another key.
    pub(crate) is_stale: bool,
}

const FORM: u8 = 1;
const NONCE: usize = 24;
/// Two times of day in seconds.
const TIMES: usize = 16;
/// No browser keeps more in one cookie.
const MOST: usize = 4096;

impl Seal {
    pub(crate) fn new(ring: KeyRing) -> Self {
        Self { ring }
    }

    /// The value of a cookie, unless the system gives no random bytes or a value
    /// is no JSON.
    pub(crate) fn seal(
        &self,
        name: &str,
        entries: &Entries,
        created: SystemTime,
        now: SystemTime,
    ) -> Result<String, crate::Error> {
        let mut plain = Zeroizing::new(Vec::new());
        plain.extend_from_slice(&seconds(created).to_le_bytes());
        plain.extend_from_slice(&seconds(now).to_le_bytes());
        plain.extend_from_slice(&entries.to_json()?);
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce)?;
        let payload = Payload {
            msg: &plain,
            aad: name.as_bytes(),
        };
        let sealed = cipher(&self.ring.first().seal)
            .encrypt(&XNonce::from(nonce), payload)
            // Only for messages of 256 GiB.
            .map_err(|_| crate::error::Kind::TooLarge)?;
        let bytes = [&[FORM][..], &nonce, &sealed].concat();
        Ok(Base64UrlUnpadded::encode_string(&bytes))
    }

    /// The session in a cookie, if it is one of ours.
    pub(crate) fn open(&self, name: &str, value: &[u8]) -> Option<Sealed> {
        if value.len() > MOST {
            return None;
        }
        let text = std::str::from_utf8(value).ok()?;
        let bytes = Base64UrlUnpadded::decode_vec(text).ok()?;
        let (nonce, sealed) = bytes.strip_prefix(&[FORM])?.split_at_checked(NONCE)?;
        let nonce = XNonce::try_from(nonce).ok()?;
        let payload = |msg| Payload {
            msg,
            aad: name.as_bytes(),
        };
        let mut keys = self.ring.iter().enumerate();
        let (index, plain) = keys.find_map(|(index, key)| {
            let plain = cipher(&key.seal).decrypt(&nonce, payload(sealed)).ok()?;
            Some((index, Zeroizing::new(plain)))
        })?;
        let (times, json) = plain.split_at_checked(TIMES)?;
        Some(Sealed {
            snapshot: Snapshot::new(Entries::from_json(json).ok()?, 0, time(&times[..8])?),
            used: time(&times[8..])?,
            is_stale: index > 0,
        })
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Seal").field(&self.ring).finish()
    }
}

fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.into())
}

fn seconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH);
    since.map(|since| since.as_secs()).unwrap_or_default()
}

fn time(bytes: &[u8]) -> Option<SystemTime> {
    let seconds = u64::from_le_bytes(bytes.try_into().ok()?);
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seal(secret: &str) -> Seal {
        Seal::new(KeyRing::new(secret.repeat(32)).unwrap())
    }

    fn sealed(seal: &Seal, name: &str) -> String {
        let entries = Entries::from_iter([("a".into(), "1".into())]);
        let created = UNIX_EPOCH + Duration::from_secs(1);
        let now = UNIX_EPOCH + Duration::from_secs(2);
        seal.seal(name, &entries, created, now).unwrap()
    }

    #[test]
    fn what_was_sealed_is_opened_under_its_name_and_key_alone() {
        let value = sealed(&seal("a"), "sid");
        let opened = seal("a").open("sid", value.as_bytes()).unwrap();
        assert_eq!(&opened.snapshot.entries.get("a").unwrap()[..], b"1");
        assert_eq!(seconds(opened.snapshot.created), 1);
        assert_eq!(seconds(opened.used), 2);
        assert!(!opened.is_stale);
        assert!(seal("a").open("other", value.as_bytes()).is_none());
        assert!(seal("b").open("sid", value.as_bytes()).is_none());
        let ring = KeyRing::new("b".repeat(32)).unwrap();
        let both = Seal::new(ring.accept("a".repeat(32)).unwrap());
        assert!(both.open("sid", value.as_bytes()).unwrap().is_stale);
    }

    proptest! {
        #[test]
        fn anything_is_opened_without_a_panic(value in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(seal("a").open("sid", &value).is_none());
        }

        #[test]
        fn a_changed_byte_is_noticed(at in 0usize..70, by in 1u8..=255) {
            let mut value = sealed(&seal("a"), "sid").into_bytes();
            let at = at % value.len();
            value[at] ^= by;
            prop_assert!(seal("a").open("sid", &value).is_none());
        }
    }
}
