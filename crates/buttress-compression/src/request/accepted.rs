use crate::Encoding;
use http::HeaderValue;

/// The codings that a request may use, as a set of bits that is `Copy`, so
/// that a service clones without touching the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Accepted(u8);

impl Accepted {
    /// Those of `encodings` that this build can decode.
    pub(super) fn new(encodings: impl IntoIterator<Item = Encoding>) -> Self {
        let bits = encodings
            .into_iter()
            .filter(|encoding| encoding.is_compiled())
            .fold(0, |bits, encoding| bits | bit(encoding));
        Self(bits)
    }

    pub(super) fn contains(self, encoding: Encoding) -> bool {
        self.0 & bit(encoding) != 0
    }

    /// The set as the `Accept-Encoding` of a response (RFC 9110 §12.5.3),
    /// which is also true where nothing is accepted: then only `identity` is.
    pub(super) fn header_value(self) -> HeaderValue {
        let names: Vec<_> = Encoding::PREFERENCE
            .into_iter()
            .filter(|&encoding| self.contains(encoding))
            .map(Encoding::as_str)
            .collect();
        // Joined tokens are always a legal value; the fallback says the least.
        HeaderValue::from_str(&names.join(", "))
            .ok()
            .filter(|value| !value.is_empty())
            .unwrap_or(HeaderValue::from_static(Encoding::Identity.as_str()))
    }
}

/// Zero for identity, which is no member of the set: it needs no decoder.
fn bit(encoding: Encoding) -> u8 {
    Encoding::PREFERENCE
        .into_iter()
        .position(|member| member == encoding)
        .map_or(0, |place| 1 << place)
}

#[cfg(test)]
mod tests {
    use super::Accepted;
    use crate::Encoding;

    #[test]
    fn nothing_accepted_is_said_as_identity() {
        assert_eq!(Accepted::new([]).header_value(), "identity");
        assert_eq!(
            Accepted::new([Encoding::Identity]).header_value(),
            "identity"
        );
    }

    #[test]
    fn the_value_lists_the_compiled_members_in_order_of_preference() {
        let compiled: Vec<_> = Encoding::PREFERENCE
            .into_iter()
            .filter(|encoding| encoding.is_compiled())
            .map(Encoding::as_str)
            .collect();
        let mut reversed = Encoding::PREFERENCE;
        reversed.reverse();
        if !compiled.is_empty() {
            assert_eq!(Accepted::new(reversed).header_value(), compiled.join(", "));
        }
    }
}
