//! The `traceparent` field of W3C Trace Context.

use http::{HeaderMap, HeaderName, HeaderValue};
use std::{
    hash::{BuildHasher, RandomState},
    str,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
static TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// `00-` trace id `-` parent id `-` flags.
const LEN: usize = 55;

/// Which trace a request belongs to, and which span of it has sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent {
    /// Lower-case hexadecimal digits and dashes alone.
    text: [u8; LEN],
}

impl TraceParent {
    /// Of a field's value, by the rules of W3C Trace Context, §3.2: known parts of a
    /// later version count, version `ff` and ids of zeros do not.
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Self> {
        let (text, rest) = value.split_at_checked(LEN)?;
        let text: [u8; LEN] = text.try_into().ok()?;
        let dashes = [2, 35, 52];
        let is_well_formed = text.iter().enumerate().all(|(index, byte)| {
            if dashes.contains(&index) {
                *byte == b'-'
            } else {
                matches!(byte, b'0'..=b'9' | b'a'..=b'f')
            }
        });
        let is_zero = |part: &[u8]| part.iter().all(|&byte| byte == b'0');
        let version = &text[..2];
        let has_good_end = rest.is_empty() || (version != b"00" && rest[0] == b'-');
        let is_valid = is_well_formed
            && version != b"ff"
            && !is_zero(&text[3..35])
            && !is_zero(&text[36..52])
            && has_good_end;
        is_valid.then_some(Self { text })
    }

    /// 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> &str {
        self.part(3, 35)
    }

    /// 16 hexadecimal digits: the span of the caller.
    #[must_use]
    pub fn parent_id(&self) -> &str {
        self.part(36, 52)
    }

    fn part(&self, start: usize, end: usize) -> &str {
        // ASCII, by the parser.
        str::from_utf8(&self.text[start..end]).unwrap_or_default()
    }

    /// A trace of its own, not sampled.
    fn generate() -> Self {
        static PROCESS: LazyLock<[RandomState; 3]> = LazyLock::new(Default::default);
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let [high, low, span] = PROCESS.each_ref().map(|state| state.hash_one(count).max(1));
        let made = format!("00-{high:016x}{low:016x}-{span:016x}-00");
        Self::parse(made.as_bytes()).unwrap_or(Self { text: [b'0'; LEN] })
    }
}

/// The trace of a request. A field that is malformed, doubled or not to be trusted
/// is replaced by one that begins a trace, and the vendors' state goes with it (§3.4);
/// where there is none there stays none.
pub(crate) fn settle(headers: &mut HeaderMap, is_trusted: bool) -> Option<TraceParent> {
    let value = headers.get(&TRACEPARENT)?;
    let is_single = headers.len() == headers.keys_len()
        || headers.get_all(&TRACEPARENT).iter().nth(1).is_none();
    let given = TraceParent::parse(value.as_bytes()).filter(|_| is_trusted && is_single);
    if given.is_some() {
        return given;
    }
    let made = TraceParent::generate();
    headers.remove(&TRACESTATE);
    if let Ok(value) = HeaderValue::from_bytes(&made.text) {
        headers.insert(&TRACEPARENT, value);
    }
    Some(made)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn the_parts_of_a_good_field_are_found() {
        let parent = TraceParent::parse(GOOD.as_bytes()).unwrap();
        assert_eq!(parent.trace_id(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(parent.parent_id(), "b7ad6b7169203331");
    }

    #[test]
    fn later_versions_may_say_more_and_the_first_may_not() {
        let later = GOOD.replacen("00", "cc", 1);
        for (text, is_good) in [
            (format!("{later}-more"), true),
            (later.clone(), true),
            (format!("{later}more"), false),
            (format!("{GOOD}-more"), false),
            (GOOD.replacen("00", "ff", 1), false),
            (GOOD.to_uppercase(), false),
            (GOOD.replace('-', "_"), false),
            (GOOD[..54].to_owned(), false),
            (format!("00-{}-b7ad6b7169203331-01", "0".repeat(32)), false),
            (
                format!("00-0af7651916cd43dd8448eb211c80319c-{}-01", "0".repeat(16)),
                false,
            ),
        ] {
            assert_eq!(
                TraceParent::parse(text.as_bytes()).is_some(),
                is_good,
                "{text}"
            );
        }
    }

    #[test]
    fn a_forged_one_is_replaced_and_takes_its_state_with_it() {
        let mut headers = HeaderMap::new();
        headers.insert(&TRACEPARENT, HeaderValue::from_static("00-1-2-3"));
        headers.insert(&TRACESTATE, HeaderValue::from_static("vendor=1"));
        let settled = settle(&mut headers, true).unwrap();
        assert_eq!(headers[&TRACEPARENT].as_bytes(), settled.text);
        assert!(!headers.contains_key(&TRACESTATE));
    }

    #[test]
    fn a_doubled_or_untrusted_one_is_replaced_and_none_is_made_from_nothing() {
        let mut headers = HeaderMap::new();
        assert_eq!(settle(&mut headers, true), None);
        headers.append(&TRACEPARENT, HeaderValue::from_static(GOOD));
        assert_eq!(
            settle(&mut headers, true),
            TraceParent::parse(GOOD.as_bytes())
        );
        assert_ne!(
            settle(&mut headers.clone(), false),
            TraceParent::parse(GOOD.as_bytes())
        );
        headers.append(&TRACEPARENT, HeaderValue::from_static(GOOD));
        assert_ne!(
            settle(&mut headers, true),
            TraceParent::parse(GOOD.as_bytes())
        );
        assert_eq!(headers.get_all(&TRACEPARENT).iter().count(), 1);
    }

    proptest! {
        #[test]
        fn any_bytes_are_parsed_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = TraceParent::parse(&bytes);
        }
    }
}
