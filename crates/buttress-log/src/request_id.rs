//! The id that a line, the app and a client have in common.

use http::{HeaderMap, HeaderName, HeaderValue};
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
    match headers.get(&X_REQUEST_ID) {
        Some(id) if is_trusted && is_valid(id) => id.clone(),
        _ => {
            let id = generate();
            headers.insert(&X_REQUEST_ID, id.clone());
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
/// secret.
fn generate() -> HeaderValue {
    static PROCESS: LazyLock<(RandomState, RandomState)> = LazyLock::new(Default::default);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let words = [PROCESS.0.hash_one(count), PROCESS.1.hash_one(count)];
    let mut text = [0; 32];
    for (word, half) in words.iter().zip(text.chunks_exact_mut(16)) {
        for (index, digit) in half.iter_mut().enumerate() {
            *digit = b"0123456789abcdef"[(word >> (60 - 4 * index)) as usize & 15];
        }
    }
    // Hexadecimal digits are valid in a field.
    HeaderValue::from_bytes(&text).unwrap_or_else(|_| HeaderValue::from_static("-"))
}

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
    }
}
