use base64ct::{Base64Unpadded, Base64UrlUnpadded, Encoding};
use buttress_session::{Decoded, Id, IdFormat};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt::{self, Write};

/// The signed cookies of express-session: `s:ID.MAC`, percent-encoded.
///
/// `MAC` is the HMAC-SHA256 of the id, in base64 without padding. express-session
/// takes secrets of any length: give both the same, and let them be long.
///
/// ```
/// use buttress_session_redis::ExpressIds;
///
/// # let (new, old) = ("n".repeat(32), "o".repeat(32));
/// // In Express: session({ secret: [new, old], … })
/// let ids = ExpressIds::new(new).accept(old);
/// ```
#[derive(Clone)]
pub struct ExpressIds {
    /// The first signs, all verify.
    keys: Vec<Hmac<Sha256>>,
}

/// As uid-safe makes them for express-session.
const ID_BYTES: usize = 24;
const MAC_BYTES: usize = 32;
/// Longer ones are nobody's, and not worth a look.
const LONGEST: usize = 1024;

impl ExpressIds {
    /// Signs with this secret.
    pub fn new(secret: impl AsRef<[u8]>) -> Self {
        Self { keys: Vec::new() }.accept(secret)
    }

    /// Accepts what an older secret signed, too, and has it signed anew.
    #[must_use]
    pub fn accept(mut self, secret: impl AsRef<[u8]>) -> Self {
        // HMAC takes keys of any length.
        self.keys.extend(Hmac::new_from_slice(secret.as_ref()).ok());
        self
    }
}

impl IdFormat for ExpressIds {
    fn generate(&self) -> Result<Id, getrandom::Error> {
        let mut bytes = [0; ID_BYTES];
        getrandom::fill(&mut bytes)?;
        let text = Base64UrlUnpadded::encode_string(&bytes);
        // Letters, digits, `-` and `_` are what an id may be made of.
        Id::foreign(&text).ok_or(getrandom::Error::UNEXPECTED)
    }

    fn decode(&self, _: &str, value: &[u8]) -> Option<Decoded> {
        let value = percent_decode(value)?;
        let (id, mac) = value.strip_prefix("s:")?.rsplit_once('.')?;
        let id = Id::foreign(id)?;
        let mut bytes = [0; MAC_BYTES];
        let mac = Base64Unpadded::decode(mac, &mut bytes).ok()?;
        let is_by = |key: &Hmac<Sha256>| {
            let key = key.clone().chain_update(id.expose());
            key.verify_slice(mac).is_ok()
        };
        let index = self.keys.iter().position(is_by)?;
        Some(Decoded::new(id, index > 0))
    }

    fn encode(&self, _: &str, id: &Id) -> String {
        let key = self.keys.first().cloned();
        let mac = key.map(|key| key.chain_update(id.expose()).finalize().into_bytes());
        let mac = Base64Unpadded::encode_string(mac.unwrap_or_default().as_slice());
        percent_encode(&format!("s:{}.{mac}", id.expose()))
    }
}

impl fmt::Debug for ExpressIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExpressIds({} keys)", self.keys.len())
    }
}

/// What `decodeURIComponent` makes of it; as it is where that fails, as the
/// package `cookie` does.
fn percent_decode(value: &[u8]) -> Option<String> {
    if value.len() > LONGEST {
        return None;
    }
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = (byte == b'%')
            .then(|| after.get(..2).and_then(hex))
            .flatten();
        bytes.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() {
            &after[2..]
        } else {
            after
        };
    }
    String::from_utf8(bytes).ok()
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let (high, low) = (digit(digits[0])?, digit(digits[1])?);
    u8::try_from(high * 16 + low).ok()
}

/// As `encodeURIComponent` does, for ASCII.
fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(ids: &ExpressIds, value: &str) -> Option<Decoded> {
        ids.decode("connect.sid", value.as_bytes())
    }

    #[test]
    fn a_cookie_of_express_session_is_read_and_made() {
        // Made by `cookie-signature` 1.0.7 and `cookie` 0.7.2.
        let value = "s%3AabcDEF-_5.H645kqEY1RN%2FxafCdyOen%2B4mPjpX1dvicS17vw2IR0M";
        let ids = ExpressIds::new("keyboard cat");
        let id = Id::foreign("abcDEF-_5").unwrap();
        assert_eq!(decode(&ids, value), Some(Decoded::new(id.clone(), false)));
        assert_eq!(ids.encode("connect.sid", &id), value);
        let plain = "s:abcDEF-_5.H645kqEY1RN/xafCdyOen+4mPjpX1dvicS17vw2IR0M";
        assert!(decode(&ids, plain).is_some());
    }

    #[test]
    fn an_older_secret_is_accepted_and_said_to_be_old() {
        let (old, new) = (ExpressIds::new("old"), ExpressIds::new("new"));
        let id = new.generate().unwrap();
        let value = old.encode("connect.sid", &id);
        assert_eq!(decode(&new, &value), None);
        let both = new.accept("old");
        assert_eq!(decode(&both, &value), Some(Decoded::new(id, true)));
    }

    #[test]
    fn what_is_not_signed_is_nothing() {
        let ids = ExpressIds::new("secret");
        let signed = ids.encode("connect.sid", &Id::foreign("a").unwrap());
        for value in [
            "", "s:", "s:.", "s:a.", "s%3Aa", "a", "s:a.%ff", "%", "%4", "s:a.b==",
        ] {
            assert_eq!(decode(&ids, value), None, "{value}");
        }
        assert_eq!(decode(&ids, &signed.replace("s%3Aa.", "s%3Ab.")), None);
        assert_eq!(decode(&ids, &format!("{signed}%3D")), None);
        assert_eq!(format!("{ids:?}"), "ExpressIds(1 keys)");
    }

    proptest! {
        #[test]
        fn anything_is_decoded_without_a_panic(value in proptest::collection::vec(any::<u8>(), 0..80)) {
            prop_assert_eq!(ExpressIds::new("a").decode("connect.sid", &value), None);
        }

        #[test]
        fn what_was_encoded_is_decoded(id in "[!-~]{1,60}", secret: Vec<u8>) {
            let ids = ExpressIds::new(secret);
            let id = Id::foreign(&id).unwrap();
            let value = ids.encode("connect.sid", &id);
            prop_assert_eq!(decode(&ids, &value), Some(Decoded::new(id, false)));
        }
    }
}
