use super::error::RequestDecompressionError;

/// Decoded bytes below which the ratio is not looked at: small bodies may be
/// as repetitive as they like, because they are small.
const RATIO_GRACE: u64 = 64 * 1024;
/// Encoded bytes beyond the largest body and an eighth of it: headers.
const ENCODED_GRACE: u64 = 64 * 1024;

#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// In bytes.
    pub(super) max_size: u64,
    /// Decoded bytes for each encoded byte.
    pub(super) max_ratio: u32,
}

impl Limits {
    pub(super) const DEFAULT: Self = Self {
        max_size: 8 * 1024 * 1024,
        // DEFLATE can reach 1032 and the others far more, but text and JSON
        // stay below 30 and seldom come near 100.
        max_ratio: 250,
    };

    /// What may be received for a body of the largest size: no coding makes it
    /// longer by an eighth, so more than that is members and frames of nothing.
    fn max_encoded(self) -> u64 {
        let overhead = self.max_size / 8 + ENCODED_GRACE;
        self.max_size.saturating_add(overhead)
    }

    /// Whether `decoded` bytes may come out of the `encoded` bytes received.
    pub(super) fn check(self, decoded: u64, encoded: u64) -> Result<(), RequestDecompressionError> {
        if decoded > self.max_size {
            return Err(RequestDecompressionError::size(self.max_size));
        }
        if encoded > self.max_encoded() {
            return Err(RequestDecompressionError::encoded(self.max_encoded()));
        }
        let allowed = encoded.saturating_mul(u64::from(self.max_ratio));
        if decoded > RATIO_GRACE && decoded > allowed {
            return Err(RequestDecompressionError::ratio(self.max_ratio));
        }
        Ok(())
    }
}
