//! What must not get into a log.

use http::HeaderName;
use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION, SET_COOKIE};

/// What stands instead.
pub(crate) const REDACTED: &[u8] = b"[redacted]";

/// Parameters that carry a secret wherever they are met: those of RFC 6750 §2.3, of
/// signed addresses as OpenTelemetry's conventions list them, and plain words for it.
const SECRET_PARAMETERS: [&str; 11] = [
    "access_token",
    "api_key",
    "apikey",
    "awsaccesskeyid",
    "password",
    "secret",
    "sig",
    "signature",
    "token",
    "x-amz-signature",
    "x-goog-signature",
];

/// Whether a header never gets into a line, chosen or not.
pub(crate) fn is_secret(name: &HeaderName) -> bool {
    [&AUTHORIZATION, &PROXY_AUTHORIZATION, &COOKIE, &SET_COOKIE].contains(&name)
}

/// Names of query parameters whose values are left out.
#[derive(Clone, Debug)]
pub(crate) struct Parameters {
    names: Vec<Box<[u8]>>,
    /// A bit for each length that a name has, since most parameters have another.
    lengths: u64,
}

impl Default for Parameters {
    fn default() -> Self {
        let mut parameters = Self {
            names: Vec::new(),
            lengths: 0,
        };
        for name in SECRET_PARAMETERS {
            parameters.add(name);
        }
        parameters
    }
}

impl Parameters {
    pub(crate) fn add(&mut self, name: &str) {
        self.names
            .push(name.to_ascii_lowercase().into_bytes().into());
        self.lengths |= length_bit(name.len());
    }

    /// Gives a target or an address piece by piece, with the values of its query that
    /// are to be left out replaced.
    pub(crate) fn redact<'a>(&self, target: &'a [u8], mut piece: impl FnMut(&'a [u8])) {
        let question = find(target, 0, |byte| byte == b'?');
        if question == target.len() {
            return piece(target);
        }
        let (path, query) = target.split_at(question + 1);
        piece(path);
        self.redact_query(query, piece);
    }

    /// As [`redact`](Self::redact), for what comes behind the `?`.
    pub(crate) fn redact_query<'a>(&self, query: &'a [u8], mut piece: impl FnMut(&'a [u8])) {
        // What was not given yet starts here.
        let mut start = 0;
        let mut parameter = 0;
        while parameter < query.len() {
            // Some read `;` as the separator, others `&`: either may begin a secret.
            let end = find(query, parameter, |byte| matches!(byte, b'&' | b';' | b'#'));
            let equals = find(query, parameter, |byte| byte == b'=').min(end);
            if equals < end && self.has(&query[parameter..equals]) {
                piece(&query[start..=equals]);
                piece(REDACTED);
                start = end;
            }
            parameter = end + 1;
        }
        if start < query.len() {
            piece(&query[start..]);
        }
    }

    fn has(&self, name: &[u8]) -> bool {
        let is_encoded = name.contains(&b'%');
        if !is_encoded && self.lengths & length_bit(name.len()) == 0 {
            return false;
        }
        self.names.iter().any(|secret| {
            if is_encoded {
                decoded(name).eq(secret.iter().copied())
            } else {
                name.eq_ignore_ascii_case(secret)
            }
        })
    }
}

/// All that are longer share the last bit.
fn length_bit(length: usize) -> u64 {
    1 << length.min(63)
}

fn find(bytes: &[u8], start: usize, is_it: impl Fn(u8) -> bool) -> usize {
    let found = bytes[start..].iter().position(|&byte| is_it(byte));
    found.map_or(bytes.len(), |offset| start + offset)
}

/// Percent-decoded and in lower case.
fn decoded(encoded: &[u8]) -> impl Iterator<Item = u8> + '_ {
    let mut rest = encoded;
    std::iter::from_fn(move || {
        let (&first, after) = rest.split_first()?;
        let (byte, after) = match (first, after) {
            (b'%', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => (high * 16 + low, after),
                _ => (first, &rest[1..]),
            },
            _ => (first, after),
        };
        rest = after;
        Some(byte.to_ascii_lowercase())
    })
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn redacted(target: &str) -> String {
        let mut text = Vec::new();
        Parameters::default().redact(target.as_bytes(), |piece| text.extend_from_slice(piece));
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn values_of_secret_parameters_are_left_out() {
        for (target, expected) in [
            ("/a", "/a"),
            ("/a?", "/a?"),
            ("/token?b=token", "/token?b=token"),
            ("/a?token=1", "/a?token=[redacted]"),
            ("/a?b=1&token=1&c=2", "/a?b=1&token=[redacted]&c=2"),
            (
                "/a?TOKEN=1&password=2",
                "/a?TOKEN=[redacted]&password=[redacted]",
            ),
            ("/a?b=1;token=1", "/a?b=1;token=[redacted]"),
            ("/a?%74o%6Ben=1", "/a?%74o%6Ben=[redacted]"),
            ("/a?token=a=b&c", "/a?token=[redacted]&c"),
            ("/a?token", "/a?token"),
            ("/a?token=&b", "/a?token=[redacted]&b"),
            ("/a?%token=1&%=2&%4=3", "/a?%token=1&%=2&%4=3"),
            (
                "http://x/?sig=1#sig=2",
                "http://x/?sig=[redacted]#sig=[redacted]",
            ),
        ] {
            assert_eq!(redacted(target), expected, "{target}");
        }
    }

    proptest! {
        #[test]
        fn what_is_no_secret_stays_as_it_is(target in "[b-d/?&=;0-9]{0,60}") {
            prop_assert_eq!(redacted(&target), target);
        }

        #[test]
        fn a_secret_never_shows(before in "[a-z0-9&=;%]{0,20}", secret in "[A-Z]{8}", after in "[a-z0-9&=;%]{0,20}") {
            let target = format!("/?{before}&Token={secret}{after}");
            prop_assert!(!redacted(&target).contains(&secret));
        }
    }
}
