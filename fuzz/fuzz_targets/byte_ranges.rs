//! The first two bytes are the length of a body, the rest is a `Range`. What comes
//! of it lies within the body, does not overlap, and has the bytes asked for.
#![no_main]

use buttress_cache::policy::{ByteRange, RangeSet};
use http::{HeaderMap, HeaderValue, header::RANGE};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((length, text)) = data.split_first_chunk() else {
        return;
    };
    let length = u64::from(u16::from_be_bytes(*length));
    let Ok(value) = HeaderValue::from_bytes(text) else {
        return;
    };
    let ranges = match RangeSet::parse(&HeaderMap::from_iter([(RANGE, value)]), length) {
        RangeSet::Single(range) => vec![range],
        RangeSet::Multiple(ranges) => ranges,
        _ => return,
    };
    assert!(ranges.len() <= 32);
    for (place, range) in ranges.iter().enumerate() {
        assert!(range.start() < range.end() && range.end() <= length);
        let is_apart =
            |other: &ByteRange| range.end() <= other.start() || other.end() <= range.start();
        assert!(ranges[..place].iter().all(is_apart), "{ranges:?}");
    }
    for asked in plain_ranges(text, length) {
        let is_there = ranges
            .iter()
            .any(|range| range.start() <= asked.0 && asked.1 < range.end());
        assert!(is_there, "{asked:?} is not in {ranges:?}");
    }
});

/// Those of the simplest form, `FIRST-LAST`, that lie within the body.
fn plain_ranges(text: &[u8], length: u64) -> Vec<(u64, u64)> {
    let text = String::from_utf8_lossy(text);
    let set = text.split_once('=').map_or("", |(_, set)| set);
    let range = |member: &str| {
        let (first, last) = member.trim().split_once('-')?;
        Some((first.parse().ok()?, last.parse().ok()?))
    };
    let ranges = set.split(',').filter_map(range);
    ranges.filter(|(_, last)| *last < length).collect()
}
