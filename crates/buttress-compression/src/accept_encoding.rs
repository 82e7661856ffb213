//! What a client says of content codings (RFC 9110 §12.5.3), parsed and nothing
//! more: which coding follows from it is the business of `negotiate`.

use crate::Encoding;
use http::{HeaderMap, header::ACCEPT_ENCODING};

/// A weight in thousandths, as the grammar of `qvalue` has three decimals.
type Quality = u16;

const WHOLE: Quality = 1000;

/// The weights of one request's `Accept-Encoding`, over all its field lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct AcceptEncoding {
    listed: [Option<Quality>; Encoding::COUNT],
    /// The weight of `*`: everything that is not listed.
    any: Option<Quality>,
    /// A coding that this crate does not know, with a weight above zero.
    foreign: bool,
    present: bool,
}

impl AcceptEncoding {
    pub(crate) fn parse(headers: &HeaderMap) -> Self {
        let mut accept = Self::default();
        for line in headers.get_all(ACCEPT_ENCODING) {
            accept.present = true;
            for member in line.as_bytes().split(|&byte| byte == b',') {
                accept.add(member);
            }
        }
        accept
    }

    /// Whether the request has the field at all, empty or not.
    pub(crate) fn is_present(&self) -> bool {
        self.present
    }

    /// The weight of a coding; 0 means that it must not be used.
    pub(crate) fn quality(&self, encoding: Encoding) -> Quality {
        let unlisted = match encoding {
            // Identity is acceptable until something excludes it, and the
            // weakest wish for a coding is still stronger than no wish.
            Encoding::Identity => self.any.unwrap_or(1),
            _ => self.any.unwrap_or(0),
        };
        self.listed[encoding.index()].unwrap_or(unlisted)
    }

    /// Whether any coding at all, of ours or of others, could please the client.
    pub(crate) fn accepts_something(&self) -> bool {
        self.foreign
            || self.any.is_some_and(|quality| quality > 0)
            || Encoding::ALL.iter().any(|&e| self.quality(e) > 0)
    }

    /// Adds one list member; a malformed one counts as absent.
    fn add(&mut self, member: &[u8]) {
        let mut parts = member.split(|&byte| byte == b';');
        let coding = parts.next().unwrap_or_default().trim_ascii();
        let Some(quality) = parse_weight(parts) else {
            return;
        };
        if coding == b"*" {
            merge(&mut self.any, quality);
        } else if let Some(encoding) = Encoding::from_token(coding) {
            merge(&mut self.listed[encoding.index()], quality);
        } else if !coding.is_empty() {
            self.foreign |= quality > 0;
        }
    }
}

/// Joins the weights of a coding that is listed twice (`x-gzip` beside `gzip`):
/// a refusal stands whatever else is said, otherwise the stronger wish counts.
fn merge(slot: &mut Option<Quality>, quality: Quality) {
    *slot = Some(match *slot {
        Some(0) => 0,
        Some(_) if quality == 0 => 0,
        Some(earlier) => earlier.max(quality),
        None => quality,
    });
}

/// The weight among a member's parameters, 1 where there is none; `None` when
/// it is malformed. Other parameters are passed over.
fn parse_weight<'a>(parameters: impl Iterator<Item = &'a [u8]>) -> Option<Quality> {
    for parameter in parameters {
        if let [b'q' | b'Q', rest @ ..] = parameter.trim_ascii() {
            match rest.trim_ascii_start() {
                [b'=', value @ ..] => return parse_quality(value.trim_ascii()),
                [] => return None,
                // Another parameter, whose name begins like this one's.
                _ => {}
            }
        }
    }
    Some(WHOLE)
}

/// `qvalue`, and beyond its grammar what clients send: no leading zero (`.5`)
/// and more than three decimals. More than 1 is malformed.
fn parse_quality(value: &[u8]) -> Option<Quality> {
    let mut halves = value.splitn(2, |&byte| byte == b'.');
    let whole = halves.next().unwrap_or_default();
    let decimals = halves.next();
    let base = match (whole, decimals) {
        (b"0", _) | (b"", Some([_, ..])) => 0,
        (b"1", _) => WHOLE,
        _ => return None,
    };
    let fraction = parse_decimals(decimals.unwrap_or_default())?;
    (base + fraction <= WHOLE).then_some(base + fraction)
}

/// Decimals in thousandths; what is above zero stays above zero, since zero
/// would turn a faint wish into a refusal.
fn parse_decimals(digits: &[u8]) -> Option<Quality> {
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let thousandths = (0..3).fold(0, |sum, place| {
        sum * 10
            + digits
                .get(place)
                .map_or(0, |digit| Quality::from(digit - b'0'))
    });
    let faint = thousandths == 0 && digits.iter().any(|&digit| digit != b'0');
    Some(if faint { 1 } else { thousandths })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_have_the_forms_that_clients_send() {
        let cases: [(&[u8], Option<Quality>); 16] = [
            (b"1", Some(1000)),
            (b"1.", Some(1000)),
            (b"1.000", Some(1000)),
            (b"0", Some(0)),
            (b"0.", Some(0)),
            (b"0.000", Some(0)),
            (b"0.5", Some(500)),
            (b".5", Some(500)),
            (b"0.123456", Some(123)),
            (b"0.0001", Some(1)),
            (b"1.001", None),
            (b"2", None),
            (b"-1", None),
            (b".", None),
            (b"", None),
            (b"0.5x", None),
        ];
        for (text, expected) in cases {
            assert_eq!(
                parse_quality(text),
                expected,
                "{}",
                String::from_utf8_lossy(text)
            );
        }
    }
}
