use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Unexpected, Visitor},
};
use std::fmt;

const EXPECTED: &str = "a size such as 512KiB or 2MB";

/// A number of bytes, written `4096`, `512KiB` (1,024s) or `2MB` (1,000s).
///
/// ```
/// # use buttress_env::{ByteSize, Env};
/// # use serde::Deserialize;
/// #[derive(Deserialize)]
/// struct Config { limit: ByteSize }
///
/// let config = Env::prefix("APP").set("APP_LIMIT", "2MiB").load::<Config>().unwrap();
/// assert_eq!(config.limit.bytes(), 2 * 1024 * 1024);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(u64);

impl ByteSize {
    /// So many bytes.
    #[must_use]
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// How many bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }

    fn parse(text: &str) -> Option<Self> {
        let bytes = text.parse::<bytesize::ByteSize>().ok()?.as_u64();
        // The parser takes what does not fit for the largest that does.
        (bytes != u64::MAX).then_some(Self(bytes))
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&bytesize::ByteSize(self.0), f)
    }
}

impl Serialize for ByteSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrNumber)
    }
}

struct TextOrNumber;

impl Visitor<'_> for TextOrNumber {
    type Value = ByteSize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        ByteSize::parse(text).ok_or_else(|| E::invalid_value(Unexpected::Other("text"), &self))
    }

    fn visit_u64<E: Error>(self, bytes: u64) -> Result<Self::Value, E> {
        Ok(ByteSize(bytes))
    }
}
