//! The id that a line, the app and a client have in common.

use http::{HeaderMap, HeaderName, HeaderValue, header::Entry};
use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

// A static, for each use of a constant would make and drop a name.
pub(crate) static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longer ones are made by somebody who wants to fill our logs.
const MAX_LEN: usize = 128;

/// The id of a request: the one that an outer layer or the client gave, or else
/// a new one, which is written into `headers` for those further in.
pub(crate) fn settle(headers: &mut HeaderMap, is_trusted: bool) -> HeaderValue {
    // One look for both, for a look hashes the name.
    match headers.entry(&X_REQUEST_ID) {
        Entry::Occupied(given) if is_trusted && is_valid(given.get()) => given.get().clone(),
        Entry::Occupied(mut given) => {
            let id = generate();
            given.insert(id.clone());
            id
        }
        Entry::Vacant(free) => {
            let id = generate();
            free.insert(id.clone());
            id
        }
    }
}

fn is_valid(id: &HeaderValue) -> bool {
    let bytes = id.as_bytes();
    // No early exit, so that the compiler can look at many bytes at once.
    let is_visible = bytes
        .iter()
        .fold(true, |all, byte| all & byte.is_ascii_graphic());
    is_visible && (1..=MAX_LEN).contains(&bytes.len())
}

/// 32 hexadecimal digits: unique, and not to be guessed from another, but no
/// secret. How many requests came between two of them they do not tell either.
fn generate() -> HeaderValue {
    static PROCESS: LazyLock<(RandomState, RandomState)> = LazyLock::new(Default::default);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut text = [0; 32];
    let (first, second) = text.split_at_mut(16);
    write_hex(PROCESS.0.hash_one(count), first);
    write_hex(PROCESS.1.hash_one(count), second);
    // Hexadecimal digits are valid in a field.
    HeaderValue::from_bytes(&text).unwrap_or_else(|_| HeaderValue::from_static("-"))
}

/// The 16 digits of a word.
fn write_hex(word: u64, text: &mut [u8]) {
    for (byte, digits) in word.to_be_bytes().iter().zip(text.chunks_exact_mut(2)) {
        digits.copy_from_slice(&PAIRS[usize::from(*byte)]);
    }
}

/// The digits of each byte.
static PAIRS: [[u8; 2]; 256] = {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [DIGITS[byte >> 4], DIGITS[byte & 15]];
        byte += 1;
    }
    pairs
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn settled(id: &'static str, is_trusted: bool) -> (HeaderValue, HeaderMap) {
        let mut headers =
            HeaderMap::from_iter([(X_REQUEST_ID.clone(), HeaderValue::from_static(id))]);
        (settle(&mut headers, is_trusted), headers)
    }

    #[test]
    fn a_valid_id_is_kept_where_it_is_trusted() {
        assert_eq!(settled("abc-123", true).0, "abc-123");
        assert_ne!(settled("abc-123", false).0, "abc-123");
    }

    #[test]
    fn a_bad_id_is_replaced_for_everybody() {
        for bad in ["", "a b", "a\tb", &*"x".repeat(129).leak()] {
            let (id, headers) = settled(bad, true);
            assert_eq!(id.len(), 32, "{bad}");
            assert_eq!(headers.get(&X_REQUEST_ID), Some(&id));
        }
        let high = HeaderValue::from_bytes(b"\xff").unwrap();
        assert!(!is_valid(&high));
    }

    #[test]
    fn made_ids_differ() {
        let ids: HashSet<_> = (0..10_000).map(|_| generate()).collect();
        assert_eq!(ids.len(), 10_000);
        for half in [0..16, 16..32] {
            let halves: HashSet<_> = ids.iter().map(|id| &id.as_bytes()[half.clone()]).collect();
            assert_eq!(halves.len(), 10_000, "each half tells them apart");
        }
    }

    #[test]
    fn all_digits_of_a_word_are_written() {
        let mut text = [0; 16];
        write_hex(0x0123_4567_89ab_cdef, &mut text);
        assert_eq!(&text, b"0123456789abcdef");
    }
}
