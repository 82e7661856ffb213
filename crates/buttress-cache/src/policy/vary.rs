//! `Vary` (RFC 9110 §12.5.5) and the keys that follow from it (RFC 9111 §4.1).

use super::{
    Policy,
    syntax::{members, tokens},
};
use http::{HeaderMap, HeaderName, header};

/// The request fields that a response was selected by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vary {
    /// These, sorted and without repetition; none is any request.
    Fields(Vec<HeaderName>),
    /// `*`, or something that cannot be read: no request but the one it answers.
    Any,
}

impl Vary {
    /// Reads all lines of the field.
    #[must_use]
    pub fn parse(headers: &HeaderMap) -> Self {
        let mut fields = Vec::new();
        for token in tokens(headers, &header::VARY) {
            match HeaderName::from_bytes(token) {
                // `*` is a token as well.
                Ok(name) if name != "*" => fields.push(name),
                _ => return Self::Any,
            }
        }
        fields.sort_unstable_by(|one, other| one.as_str().cmp(other.as_str()));
        fields.dedup();
        Self::Fields(fields)
    }

    /// Whether every request gets this response.
    #[must_use]
    pub fn is_none(&self) -> bool {
        matches!(self, Self::Fields(fields) if fields.is_empty())
    }
}

/// What the nominated fields of one request say, in normal form: two requests
/// with the same key are answered by the same response.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VariantKey(Box<[u8]>);

impl VariantKey {
    /// Its bytes, to be part of a key of a store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Box<[u8]>> for VariantKey {
    fn from(bytes: Box<[u8]>) -> Self {
        Self(bytes)
    }
}

impl Policy {
    /// The key of a request among the variants of a resource; `None` for
    /// [`Vary::Any`], which matches nothing.
    #[must_use]
    pub fn variant_key(&self, vary: &Vary, request: &HeaderMap) -> Option<VariantKey> {
        self.variant_key_with(vary, request, |_, _| None)
    }

    /// The same, with values of the app's own in place of some fields: two
    /// requests with the same one are taken for the same.
    #[must_use]
    pub fn variant_key_with(
        &self,
        vary: &Vary,
        request: &HeaderMap,
        mut replaced: impl FnMut(&HeaderName, &HeaderMap) -> Option<Vec<u8>>,
    ) -> Option<VariantKey> {
        let Vary::Fields(fields) = vary else {
            return None;
        };
        let mut key = Vec::new();
        for name in fields {
            key.extend_from_slice(name.as_str().as_bytes());
            match replaced(name, request) {
                Some(value) => {
                    key.push(REPLACED);
                    key.extend_from_slice(&value);
                }
                None => self.add_field(&mut key, name, request),
            }
            key.push(END);
        }
        Some(VariantKey(key.into()))
    }

    fn add_field(&self, key: &mut Vec<u8>, name: &HeaderName, request: &HeaderMap) {
        let mut lines = request.get_all(name).into_iter().peekable();
        if lines.peek().is_none() {
            key.push(ABSENT);
            return;
        }
        key.push(PRESENT);
        let mut members: Vec<Vec<u8>> = lines
            .flat_map(|line| members(line.as_bytes()))
            .filter(|member| !member.is_empty())
            .map(|member| normalise(name, member))
            .collect();
        if self.language_order && name == header::ACCEPT_LANGUAGE {
            // The weight is part of a member, so only equals change places.
            members.sort_unstable();
        }
        for (place, member) in members.iter().enumerate() {
            if place > 0 {
                key.push(b',');
            }
            key.extend_from_slice(member);
        }
    }
}

// Control characters stand in no field value.
const END: u8 = 0;
const ABSENT: u8 = 1;
const PRESENT: u8 = 2;
const REPLACED: u8 = 3;

/// What is known of a field's meaning (RFC 9111 §4.1): codings, charsets and
/// languages have no case, no spaces, and a weight of 1 where none is written.
fn normalise(name: &HeaderName, member: &[u8]) -> Vec<u8> {
    let is_weighed = [
        header::ACCEPT_ENCODING,
        header::ACCEPT_CHARSET,
        header::ACCEPT_LANGUAGE,
    ]
    .contains(name);
    if !is_weighed {
        return member.to_vec();
    }
    let mut plain = member.to_ascii_lowercase();
    plain.retain(|byte| !matches!(byte, b' ' | b'\t'));
    for whole in [&b";q=1"[..], b";q=1.", b";q=1.0", b";q=1.00", b";q=1.000"] {
        if plain.ends_with(whole) {
            plain.truncate(plain.len() - whole.len());
            break;
        }
    }
    plain
}
