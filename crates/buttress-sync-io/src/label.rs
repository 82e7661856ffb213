//! What a poll is for, as a number that a worker publishes in one store.

use http::Method;
use std::sync::OnceLock;

/// So many names are told apart in a process; what comes later has none.
const NAMES: usize = 4096;
/// So many places are looked at for a name: it is in one of them, or in none.
const PROBES: usize = 16;
/// So many bytes of a route or a job are kept; what is longer is cut.
const LONGEST: usize = 120;

/// A request's method and route, or the name of a job.
///
/// Each [`Name`] is kept once, for ever, so that futures and bodies carry four
/// bytes, and nobody counts references.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label(u32);

/// What a label stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) method: Option<&'static str>,
    /// The route, or the job where there is no method.
    pub(crate) text: Option<Box<str>>,
}

impl Label {
    /// Of what found no place.
    const NONE: Self = Self(u32::MAX);

    pub(crate) fn request(method: &Method, route: Option<&str>) -> Self {
        Self::of(known(method), route.unwrap_or_default())
    }

    pub(crate) fn job(name: &str) -> Self {
        Self::of("", name)
    }

    pub(crate) fn to_bits(self) -> u32 {
        self.0
    }

    pub(crate) fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    pub(crate) fn name(self) -> &'static Name {
        static NONE: Name = Name {
            method: None,
            text: None,
        };
        let place = table().get(self.0 as usize);
        place.and_then(OnceLock::get).map_or(&NONE, |name| name)
    }

    fn of(method: &'static str, text: &str) -> Self {
        let (table, text) = (table(), cut(text));
        let start = hash(method, text);
        let mut places = (0..PROBES).map(|probe| (start + probe) % NAMES);
        let found = places.find(|&at| match table[at].get() {
            Some(name) => name.is(method, text),
            None => put(&table[at], method, text),
        });
        found.map_or(Self::NONE, |at| Self(at as u32))
    }
}

/// Puts a name into an empty place; whether it is there now, for others may have
/// been faster.
#[cold]
fn put(place: &OnceLock<Box<Name>>, method: &'static str, text: &str) -> bool {
    let name = place.get_or_init(|| Box::new(Name::new(method, text)));
    name.is(method, text)
}

impl Name {
    fn new(method: &'static str, text: &str) -> Self {
        Self {
            method: (!method.is_empty()).then_some(method),
            text: (!text.is_empty()).then(|| text.into()),
        }
    }

    #[inline]
    fn is(&self, method: &'static str, text: &str) -> bool {
        let own = self.text.as_deref().unwrap_or_default();
        // No two methods are of one length and begin with the same letter.
        shape(self.method.unwrap_or_default()) == shape(method)
            && own.len() == text.len()
            && (text.is_empty() || own == text)
    }
}

/// By which known methods are told apart: `PUT` and `POST`, by their lengths.
fn shape(method: &'static str) -> u64 {
    method.bytes().next().map_or(0, u64::from) << 8 | method.len() as u64
}

fn table() -> &'static [OnceLock<Box<Name>>] {
    static TABLE: OnceLock<Box<[OnceLock<Box<Name>>]>> = OnceLock::new();
    TABLE.get_or_init(|| (0..NAMES).map(|_| OnceLock::new()).collect())
}

/// The methods that HTTP defines have names of their own. All others are one:
/// clients make them up.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::CONNECT => "CONNECT",
        Method::OPTIONS => "OPTIONS",
        Method::TRACE => "TRACE",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}

/// For each request: a few instructions for eight bytes. That somebody finds two
/// routes with one hash does no harm, for few places are looked at.
fn hash(method: &'static str, text: &str) -> usize {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(ODD);
    let chunks = text.as_bytes().chunks_exact(8);
    let rest = chunks.remainder().iter();
    let rest = rest.fold(0, |word, &byte| word << 8 | u64::from(byte));
    let words = chunks.map(|chunk| chunk.try_into().map_or(0, u64::from_ne_bytes));
    let hash = mix(words.fold(shape(method), mix), rest);
    (hash >> 32) as usize
}

/// The beginning, of whole characters.
fn cut(text: &str) -> &str {
    if text.len() <= LONGEST {
        return text;
    }
    let mut end = LONGEST;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_fits_is_read_back_and_what_does_not_is_cut(route in "[a-cé/]{0,140}") {
            let label = Label::request(&Method::GET, Some(&route));
            prop_assert_eq!(label, Label::request(&Method::GET, Some(&route)));
            prop_assert_eq!(Label::from_bits(label.to_bits()), label);
            prop_assert_eq!(label.name().method, Some("GET"));
            let text = label.name().text.as_deref().unwrap_or_default();
            prop_assert!(route.starts_with(text));
            prop_assert!(text == route || text.len() + 4 > LONGEST);
        }
    }

    #[test]
    fn labels_of_different_names_differ() {
        let label = Label::request(&Method::GET, Some("/a"));
        assert_ne!(label, Label::request(&Method::PUT, Some("/a")));
        assert_ne!(label, Label::request(&Method::GET, Some("/b")));
        assert_ne!(label, Label::job("/a"));
    }

    #[test]
    fn methods_differ_in_their_shapes() {
        let methods = [
            "", "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
            "other",
        ];
        let shapes: std::collections::HashSet<_> = methods.into_iter().map(shape).collect();
        assert_eq!(shapes.len(), methods.len());
    }

    #[test]
    fn a_job_has_no_method() {
        let name = Label::job("mail").name();
        assert_eq!((name.method, name.text.as_deref()), (None, Some("mail")));
    }

    #[test]
    fn methods_that_clients_make_up_are_one() {
        let label = |method: &[u8]| {
            let method = Method::from_bytes(method).expect("a token");
            Label::request(&method, Some("/made-up"))
        };
        assert_eq!(label(b"FIRST"), label(b"SECOND"));
        assert_eq!(label(b"FIRST").name().method, Some("other"));
    }
}
