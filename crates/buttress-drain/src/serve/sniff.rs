//! Which protocol a client speaks, by its first bytes.

/// What every HTTP/2 connection begins with (RFC 9113 §3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
}

/// The bytes that were read so far; at most one preface.
#[derive(Debug, Default)]
pub(super) struct Sniffed {
    bytes: Vec<u8>,
}

impl Sniffed {
    /// How many bytes may be read next.
    pub(super) fn room(&self) -> usize {
        PREFACE.len() - self.bytes.len()
    }

    /// Takes what was read, and says what it is once that is sure.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Option<Protocol> {
        self.bytes.extend_from_slice(bytes);
        if !PREFACE.starts_with(&self.bytes) {
            return Some(Protocol::Http1);
        }
        (self.bytes.len() == PREFACE.len()).then_some(Protocol::Http2)
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_preface_alone_is_http2_however_it_is_cut(
            cuts in proptest::collection::vec(1..24usize, 1..24),
            wrong in proptest::option::of(0..24usize),
        ) {
            let mut wire = *PREFACE;
            if let Some(at) = wrong {
                wire[at] ^= 0x20;
            }
            let (mut sniffed, mut rest, mut found) = (Sniffed::default(), &wire[..], None);
            let mut cuts = cuts.into_iter().cycle();
            while found.is_none() && !rest.is_empty() {
                let length = cuts.next().unwrap().min(rest.len()).min(sniffed.room());
                found = sniffed.take(&rest[..length]);
                rest = &rest[length..];
            }
            let expected = if wrong.is_some() { Protocol::Http1 } else { Protocol::Http2 };
            prop_assert_eq!(found, Some(expected));
            let read = wire.len() - rest.len();
            prop_assert_eq!(sniffed.into_bytes(), &wire[..read]);
        }
    }
}
