//! Ranges of a stored body (RFC 9110 §14).

mod multipart;
mod parse;

pub use self::{multipart::Multipart, parse::RangeSet};
use http::HeaderValue;

/// Consecutive bytes of a body, never none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    pub(super) first: u64,
    pub(super) last: u64,
}

impl ByteRange {
    /// The offset of its first byte.
    #[must_use]
    pub fn start(self) -> u64 {
        self.first
    }

    /// The offset behind its last byte.
    #[must_use]
    pub fn end(self) -> u64 {
        self.last + 1
    }

    /// How many bytes it has.
    #[must_use]
    pub fn size(self) -> u64 {
        self.last - self.first + 1
    }

    /// `Content-Range` of this part of a body of `length` bytes (§14.4).
    #[must_use]
    pub fn content_range(self, length: u64) -> HeaderValue {
        let text = format!("bytes {}-{}/{length}", self.first, self.last);
        HeaderValue::from_str(&text).expect("numbers are ASCII")
    }
}
