//! What HTTP/1 asks for that WebSockets over HTTP/2 go without (RFC 8441 §5).

use http::HeaderValue;
use std::hash::{BuildHasher, RandomState};

/// A key as RFC 6455 §4.1 has it: 16 bytes that nobody chose. They keep caches and
/// servers of other protocols from answering by chance, and are no secret.
pub(super) fn key() -> HeaderValue {
    let half = || RandomState::new().hash_one(()).to_ne_bytes();
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&half());
    bytes[8..].copy_from_slice(&half());
    // Its characters are those of a field value.
    HeaderValue::from_bytes(&base64(bytes)).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// RFC 4648 §4: 22 characters, and two that fill up.
fn base64(bytes: [u8; 16]) -> [u8; 24] {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits = u128::from_be_bytes(bytes);
    let mut text = [b'='; 24];
    for (at, character) in text.iter_mut().take(22).enumerate() {
        // The last character has the last two bits and four zeros.
        let sextet = match at {
            21 => bits << 4,
            _ => bits >> (122 - 6 * at),
        };
        *character = ALPHABET[(sextet & 63) as usize];
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_sixteen_bytes_in_base64_and_each_another() {
        // The example of RFC 6455 §1.3, whose bytes are these.
        assert_eq!(&base64(*b"the sample nonce"), b"dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(&base64([0xff; 16]), b"/////////////////////w==");
        assert_ne!(key(), key());
        assert_eq!(key().len(), 24);
    }
}
