//! The response to a request from what is stored: whole, or as little of it as
//! the client asks for.

use super::{
    ByteRange, Metadata, Multipart, Precondition, RangeSet, RequestTerms, Seconds, Timestamp,
    conditional,
};
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{
        AGE, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
        LAST_MODIFIED,
    },
};

/// A response head, and which bytes of the stored body follow it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: StatusCode,
    /// The header fields, with `Age`.
    pub headers: HeaderMap,
    /// The body.
    pub payload: Payload,
}

/// Which bytes of a stored body are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Payload {
    /// None: 304, 416, or an answer to HEAD.
    Empty,
    /// All.
    Whole,
    /// Some.
    Slice(ByteRange),
    /// Several pieces, each with a head of its own.
    Multipart(Multipart),
}

/// Makes the response (RFC 9111 §4.3.2, RFC 9110 §13.2.2, §14.2).
///
/// `length` is that of the stored body, or `None` while it is not known, when
/// ranges are not served. Whether the response may be served is for
/// [`Policy::lookup`](super::Policy::lookup) to say.
#[must_use]
pub fn answer(
    request: &RequestTerms,
    headers: &HeaderMap,
    stored: &Metadata,
    length: Option<u64>,
    now: Timestamp,
) -> Answer {
    let mut answer = Answer {
        status: stored.status,
        headers: stored.headers.clone(),
        payload: Payload::Whole,
    };
    let age = decimal(stored.freshness.age(now));
    match answer.headers.get_mut(AGE) {
        Some(slot) => *slot = age,
        None => drop(answer.headers.insert(AGE, age)),
    }
    if Precondition::evaluate(request, headers, stored, now) == Precondition::NotModified {
        answer.not_modified();
    } else if request.head {
        answer.payload = Payload::Empty;
        answer.declare(length);
    } else if let Some(length) = length.filter(|_| request.range) {
        let has_parts = stored.status == StatusCode::OK;
        if has_parts && conditional::allows_range(headers, stored, now) {
            answer.select(RangeSet::parse(headers, length), length);
        }
    }
    answer
}

/// A number: most ages are small ones, which take no allocation.
fn decimal(seconds: Seconds) -> HeaderValue {
    match seconds.get() as usize {
        number @ 0..10 => HeaderValue::from_static(&SMALL[3 * number + 2..][..1]),
        number @ 10..100 => HeaderValue::from_static(&SMALL[3 * number + 1..][..2]),
        number @ 100..1000 => HeaderValue::from_static(&SMALL[3 * number..][..3]),
        _ => long_decimal(seconds),
    }
}

/// A number in one allocation.
fn long_decimal(seconds: Seconds) -> HeaderValue {
    let mut digits = [0; 10];
    let mut start = digits.len();
    let mut rest = seconds.get();
    while rest > 0 {
        start -= 1;
        // A remainder of ten is a digit.
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    HeaderValue::from_bytes(&digits[start..]).expect("digits are ASCII")
}

/// The numbers below 1,000, of three digits each.
static SMALL: &str = match std::str::from_utf8(&DIGITS) {
    Ok(digits) => digits,
    Err(_) => panic!("digits are ASCII"),
};

const DIGITS: [u8; 3000] = {
    let mut digits = [b'0'; 3000];
    let mut number = 0;
    while number < 1000 {
        digits[3 * number] += (number / 100) as u8;
        digits[3 * number + 1] += (number / 10 % 10) as u8;
        digits[3 * number + 2] += (number % 10) as u8;
        number += 1;
    }
    digits
};

impl Answer {
    /// Adds `Content-Length` where the origin did not, unless the status has no
    /// body. Only for HEAD: elsewhere a server knows the length of what it sends.
    fn declare(&mut self, length: Option<u64>) {
        let has_body = self.status != StatusCode::NO_CONTENT;
        if let Some(length) = length.filter(|_| has_body) {
            self.headers
                .entry(CONTENT_LENGTH)
                .or_insert_with(|| length.into());
        }
    }

    /// RFC 9110 §15.4.5: what describes the representation stays away, but for
    /// what an older cache needs to find and update its own.
    fn not_modified(&mut self) {
        static DESCRIPTIVE: [HeaderName; 5] = [
            CONTENT_LENGTH,
            CONTENT_TYPE,
            CONTENT_ENCODING,
            CONTENT_LANGUAGE,
            CONTENT_RANGE,
        ];
        self.status = StatusCode::NOT_MODIFIED;
        self.payload = Payload::Empty;
        for name in &DESCRIPTIVE {
            self.headers.remove(name);
        }
        if self.headers.contains_key(ETAG) {
            self.headers.remove(LAST_MODIFIED);
        }
    }

    fn select(&mut self, ranges: RangeSet, length: u64) {
        match ranges {
            RangeSet::Whole => {}
            RangeSet::Single(range) => {
                self.headers
                    .insert(CONTENT_RANGE, range.content_range(length));
                self.partial(range.size(), Payload::Slice(range));
            }
            RangeSet::Multiple(ranges) => {
                let content_type = self.headers.get(CONTENT_TYPE);
                let multipart = Multipart::new(&ranges, length, content_type);
                // Each part has its own.
                self.headers.remove(CONTENT_RANGE);
                self.headers.insert(CONTENT_TYPE, multipart.content_type());
                self.partial(multipart.size(), Payload::Multipart(multipart));
            }
            RangeSet::Unsatisfiable => {
                let text = format!("bytes */{length}");
                let range = HeaderValue::from_str(&text).expect("numbers are ASCII");
                self.headers.insert(CONTENT_RANGE, range);
                self.headers.remove(CONTENT_TYPE);
                self.headers.remove(CONTENT_ENCODING);
                self.headers.insert(CONTENT_LENGTH, 0.into());
                self.status = StatusCode::RANGE_NOT_SATISFIABLE;
                self.payload = Payload::Empty;
            }
        }
    }

    fn partial(&mut self, size: u64, payload: Payload) {
        self.status = StatusCode::PARTIAL_CONTENT;
        self.headers.insert(CONTENT_LENGTH, size.into());
        self.payload = payload;
    }
}
