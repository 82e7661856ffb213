//! The list of directives: `token [ "=" ( token / quoted-string ) ]`, over all
//! field lines.

use crate::{
    policy::{Seconds, syntax::number},
    table::alphanumeric_and,
};
use http::{HeaderMap, HeaderName};
use std::borrow::Cow;

/// One directive, its name as it was sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Directive<'a> {
    name: &'a [u8],
    /// Without its quotes; `None` where there is no `=`.
    pub(super) argument: Option<Cow<'a, [u8]>>,
}

impl Directive<'_> {
    /// Whether it has this name, in any case.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// Its argument as `delta-seconds` (RFC 9111 §1.2.2), however large.
    pub(super) fn seconds(&self) -> Option<Seconds> {
        parse_seconds(self.argument.as_deref()?)
    }
}

/// Digits and nothing else; what does not fit is [`Seconds::MAX`].
pub(in crate::policy) fn parse_seconds(digits: &[u8]) -> Option<Seconds> {
    number(digits).map(Seconds::new)
}

/// All directives of a field. A malformed one is passed over, up to the next
/// comma.
pub(super) fn for_each<'a>(
    headers: &'a HeaderMap,
    field: &HeaderName,
    mut then: impl FnMut(&Directive<'a>),
) {
    for line in headers.get_all(field) {
        for directive in Lexer(line.as_bytes()) {
            then(&directive);
        }
    }
}

/// What is left of a field line.
struct Lexer<'a>(&'a [u8]);

impl<'a> Iterator for Lexer<'a> {
    type Item = Directive<'a>;

    fn next(&mut self) -> Option<Directive<'a>> {
        loop {
            self.0 = trim_start(self.0);
            match self.0 {
                [] => return None,
                [b',', rest @ ..] => self.0 = rest,
                _ => match self.directive() {
                    Some(directive) => return Some(directive),
                    None => self.skip(),
                },
            }
        }
    }
}

impl<'a> Lexer<'a> {
    fn directive(&mut self) -> Option<Directive<'a>> {
        let name = self.token()?;
        let argument = match self.0 {
            [b'=', b'"', rest @ ..] => {
                self.0 = rest;
                match self.quoted() {
                    Some(argument) => Some(argument),
                    None => return Some(self.garbled(name)),
                }
            }
            [b'=', rest @ ..] => {
                self.0 = rest;
                // An empty one, or one that begins with a space, is there but
                // says nothing.
                Some(self.token().unwrap_or_default().into())
            }
            _ => None,
        };
        let is_over = matches!(trim_start(self.0), [] | [b',', ..]);
        if !is_over {
            return Some(match argument {
                Some(_) => self.garbled(name),
                None => {
                    self.skip();
                    Directive { name, argument }
                }
            });
        }
        Some(Directive { name, argument })
    }

    /// The name stands, so that what restricts does; the rest is garbage.
    fn garbled(&mut self, name: &'a [u8]) -> Directive<'a> {
        self.skip();
        let argument = Some(Cow::Borrowed(&b"?"[..]));
        Directive { name, argument }
    }

    fn token(&mut self) -> Option<&'a [u8]> {
        let length = self.0.iter().take_while(|&&byte| is_tchar(byte)).count();
        let (token, rest) = self.0.split_at(length);
        self.0 = rest;
        (length > 0).then_some(token)
    }

    /// What follows an opening quote, up to the closing one. Without that, the
    /// quote is no quote, so that what stands behind it is not hidden.
    fn quoted(&mut self) -> Option<Cow<'a, [u8]>> {
        let text = self.0;
        let mut at = 0;
        let mut is_escaped = false;
        loop {
            match text.get(at)? {
                b'"' => break,
                b'\\' => {
                    is_escaped = true;
                    at += 2;
                }
                _ => at += 1,
            }
        }
        self.0 = &text[at + 1..];
        let text = &text[..at];
        Some(if is_escaped {
            unescape(text).into()
        } else {
            text.into()
        })
    }

    fn skip(&mut self) {
        let comma = self.0.iter().position(|&byte| byte == b',');
        self.0 = comma.map_or(&[], |comma| &self.0[comma + 1..]);
    }
}

fn unescape(text: &[u8]) -> Vec<u8> {
    let mut bytes = text.iter();
    let mut plain = Vec::with_capacity(text.len());
    while let Some(&byte) = bytes.next() {
        let next = if byte == b'\\' { bytes.next() } else { None };
        plain.push(*next.unwrap_or(&byte));
    }
    plain
}

fn trim_start(text: &[u8]) -> &[u8] {
    let blank = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t'));
    &text[blank.count()..]
}

/// `tchar` (RFC 9110 §5.6.2).
fn is_tchar(byte: u8) -> bool {
    TCHARS[usize::from(byte)]
}

static TCHARS: [bool; 256] = alphanumeric_and(b"!#$%&'*+-.^_`|~");

#[cfg(test)]
mod tests {
    use super::*;

    fn lex(line: &str) -> Vec<(String, Option<String>)> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Lexer(line.as_bytes())
            .map(|directive| {
                (
                    text(directive.name),
                    directive.argument.as_deref().map(text),
                )
            })
            .collect()
    }

    fn list(expected: &[(&str, Option<&str>)]) -> Vec<(String, Option<String>)> {
        let owned = |text: &str| text.to_owned();
        expected
            .iter()
            .map(|(name, argument)| (owned(name), argument.map(owned)))
            .collect()
    }

    #[test]
    fn arguments_are_tokens_or_quoted() {
        let line = r#"a, b=1,c="2" , d="x, \"y\" \\",, e=""#;
        let expected = [
            ("a", None),
            ("b", Some("1")),
            ("c", Some("2")),
            ("d", Some(r#"x, "y" \"#)),
            ("e", Some("?")),
        ];
        assert_eq!(lex(line), list(&expected));
    }

    #[test]
    fn a_space_beside_the_sign_leaves_no_argument_to_use() {
        assert_eq!(lex("a =1, b"), list(&[("a", None), ("b", None)]));
        assert_eq!(lex("a= 1, b"), list(&[("a", Some("?")), ("b", None)]));
        assert_eq!(lex("a=, b"), list(&[("a", Some("")), ("b", None)]));
    }

    #[test]
    fn a_quote_without_an_end_leaves_the_name() {
        let expected = list(&[("no-cache", Some("?")), ("b", None)]);
        assert_eq!(lex("no-cache=\"x, b"), expected);
        assert_eq!(lex("no-cache=\""), list(&[("no-cache", Some("?"))]));
    }

    #[test]
    fn garbage_hides_nothing_that_follows() {
        for line in [
            "\"x, b",
            "@, b",
            "a=\"x, b",
            "a=\"\\, b",
            "=1, b",
            "{\"a\": 1}, b",
        ] {
            let names = lex(line);
            assert!(names.contains(&("b".into(), None)), "{line}: {names:?}");
        }
    }

    #[test]
    fn seconds_are_digits_and_never_overflow() {
        let cases: [(&[u8], Option<u64>); 9] = [
            (b"0", Some(0)),
            (b"003600", Some(3600)),
            (b"2147483648", Some(1 << 31)),
            (b"99999999999999999999999", Some(1 << 31)),
            (b"", None),
            (b"-1", None),
            (b"1.0", None),
            (b"1s", None),
            (b"'1'", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_seconds(text), expected.map(Seconds::new), "{text:?}");
        }
    }
}
