//! `Range` (RFC 9110 §14.2), held against the length of a body.

use super::ByteRange;
use crate::policy::syntax::number;
use http::{HeaderMap, header::RANGE};

/// More ranges than this in one request are not served: the whole is sent, as
/// RFC 9110 §14.2 lets a server do.
pub(super) const MAX_RANGES: usize = 32;

/// Ranges with less than this between them become one: the head of another part
/// would cost about as much (RFC 9110 §15.3.7.2).
const GAP: u64 = 80;

/// What a request asks of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RangeSet {
    /// All of it: no range, or one that has to be ignored.
    Whole,
    /// One part.
    Single(ByteRange),
    /// Parts that do not overlap, in the order in which they were asked for.
    Multiple(Vec<ByteRange>),
    /// Nothing that is there.
    Unsatisfiable,
}

impl RangeSet {
    /// Reads `Range` for a body of `length` bytes. A field that is malformed, of
    /// another unit, there twice, or asks for too many ranges is ignored.
    #[must_use]
    pub fn parse(headers: &HeaderMap, length: u64) -> Self {
        let mut lines = headers.get_all(RANGE).into_iter();
        let (Some(line), None) = (lines.next(), lines.next()) else {
            return Self::Whole;
        };
        let Some(specs) = specs(line.as_bytes()) else {
            return Self::Whole;
        };
        if length == 0 {
            let is_suffix = |spec: &Spec| matches!(spec, Spec::Last(1..));
            // A suffix of nothing is nothing, for which there is no 206.
            let has_suffix = specs.iter().any(is_suffix);
            return if has_suffix {
                Self::Whole
            } else {
                Self::Unsatisfiable
            };
        }
        let ranges = specs.iter().filter_map(|spec| spec.within(length));
        match coalesce(ranges.collect()).as_slice() {
            [] => Self::Unsatisfiable,
            [range] => Self::Single(*range),
            ranges => Self::Multiple(ranges.to_vec()),
        }
    }
}

/// `int-range` or `suffix-range` (§14.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spec {
    From(u64, Option<u64>),
    Last(u64),
}

impl Spec {
    fn within(self, length: u64) -> Option<ByteRange> {
        let end = length - 1;
        let (first, last) = match self {
            Self::From(first, last) => (first, last.unwrap_or(end).min(end)),
            Self::Last(0) => return None,
            Self::Last(size) => (length.saturating_sub(size), end),
        };
        (first <= end).then_some(ByteRange { first, last })
    }
}

fn specs(line: &[u8]) -> Option<Vec<Spec>> {
    let (unit, set) = line.split_at_checked(6)?;
    if !unit.eq_ignore_ascii_case(b"bytes=") {
        return None;
    }
    let members = set.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    let mut specs = Vec::new();
    for member in members.filter(|member| !member.is_empty()) {
        if specs.len() == MAX_RANGES {
            return None;
        }
        specs.push(spec(member)?);
    }
    (!specs.is_empty()).then_some(specs)
}

fn spec(member: &[u8]) -> Option<Spec> {
    let dash = member.iter().position(|&byte| byte == b'-')?;
    let (first, last) = (&member[..dash], &member[dash + 1..]);
    match (first, last) {
        (b"", last) => Some(Spec::Last(number(last)?)),
        (first, b"") => Some(Spec::From(number(first)?, None)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Spec::From(first, Some(last)))
        }
    }
}

/// Joins ranges that overlap or almost touch, each into the earliest asked for.
fn coalesce(ranges: Vec<ByteRange>) -> Vec<ByteRange> {
    let mut kept: Vec<ByteRange> = Vec::with_capacity(ranges.len());
    for mut range in ranges {
        let mut place = kept.len();
        // What it touches may in turn touch others, once they are joined.
        while let Some(other) = kept.iter().position(|other| touches(*other, range)) {
            let other_range = kept.remove(other);
            range.first = range.first.min(other_range.first);
            range.last = range.last.max(other_range.last);
            place = place.min(other);
        }
        kept.insert(place.min(kept.len()), range);
    }
    kept
}

fn touches(one: ByteRange, other: ByteRange) -> bool {
    one.first <= other.last.saturating_add(GAP) && other.first <= one.last.saturating_add(GAP)
}
