//! `multipart/byteranges` (RFC 9110 §14.6).

use super::ByteRange;
use http::HeaderValue;
use std::hash::{BuildHasher, RandomState};

/// The body of a 206 with several ranges: for each the head of a part, then its
/// bytes, and [`tail`](Self::tail) at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Multipart {
    parts: Vec<(String, ByteRange)>,
    boundary: String,
    tail: String,
}

impl Multipart {
    /// `content_type` is that of the whole, which each part repeats.
    pub(in crate::policy) fn new(
        ranges: &[ByteRange],
        length: u64,
        content_type: Option<&HeaderValue>,
    ) -> Self {
        // Whoever wrote the body does not know it, so it is not in there.
        let state = RandomState::new();
        let boundary = format!("{:016x}{:016x}", state.hash_one(0), state.hash_one(1));
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let content_type =
            content_type.map_or(String::new(), |value| format!("Content-Type: {value}\r\n"));
        let parts = ranges.iter().map(|&range| {
            let (first, last) = (range.first, range.last);
            let head = format!(
                "\r\n--{boundary}\r\n{content_type}Content-Range: bytes {first}-{last}/{length}\r\n\r\n"
            );
            (head, range)
        });
        Self {
            parts: parts.collect(),
            tail: format!("\r\n--{boundary}--\r\n"),
            boundary,
        }
    }

    /// The head of each part, and the bytes that follow it.
    #[must_use]
    pub fn parts(&self) -> impl ExactSizeIterator<Item = (&str, ByteRange)> {
        self.parts
            .iter()
            .map(|(head, range)| (head.as_str(), *range))
    }

    /// What closes the body.
    #[must_use]
    pub fn tail(&self) -> &str {
        &self.tail
    }

    /// The length of the body.
    #[must_use]
    pub fn size(&self) -> u64 {
        let parts = self.parts.iter();
        let sizes = parts.map(|(head, range)| head.len() as u64 + range.size());
        sizes.sum::<u64>() + self.tail.len() as u64
    }

    pub(in crate::policy) fn content_type(&self) -> HeaderValue {
        let text = format!("multipart/byteranges; boundary={}", self.boundary);
        HeaderValue::from_str(&text).expect("hexadecimal digits are ASCII")
    }
}
