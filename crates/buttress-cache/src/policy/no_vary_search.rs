//! `No-Vary-Search`: which parts of a query do not matter (HTTP WG draft
//! `draft-ietf-httpbis-no-vary-search`).

use super::targeted::structured;
use http::{HeaderMap, HeaderName};
use sfv::{BareItem, Dictionary, InnerList, ListEntry};
use std::fmt;

static NAME: HeaderName = HeaderName::from_static("no-vary-search");

/// The rule that a response gives for queries that it answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct NoVarySearch {
    ignores_order: bool,
    parameters: Parameters,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Parameters {
    AllBut(Vec<String>),
    Only(Vec<String>),
}

impl Default for Parameters {
    /// None is ignored.
    fn default() -> Self {
        Self::Only(Vec::new())
    }
}

impl NoVarySearch {
    /// Reads the field. One that is absent or cannot be read lets every part of
    /// a query count.
    #[must_use]
    pub fn parse(headers: &HeaderMap) -> Self {
        let field = structured::<Dictionary>(headers, &NAME);
        field
            .and_then(|field| Self::from_dictionary(&field))
            .unwrap_or_default()
    }

    /// Whether queries count as they are written, which is the default.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// A query without what does not matter: two queries are answered by the same
    /// response if their normal forms are equal.
    ///
    /// By default that is the query itself. Otherwise names and values are
    /// decoded as those of forms are, so that `a=%62` is `a=b`, and written anew.
    #[must_use]
    pub fn normal_form(&self, query: Option<&str>) -> String {
        let query = query.unwrap_or_default();
        if self.is_default() {
            return query.to_owned();
        }
        let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (decode(name), decode(value)))
            .filter(|(name, _)| self.counts(name))
            .collect();
        if self.ignores_order {
            // Values of one name keep their order, which does matter.
            pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
        }
        let mut normal = String::new();
        for (name, value) in &pairs {
            if !normal.is_empty() {
                normal.push('&');
            }
            encode(&mut normal, name);
            normal.push('=');
            encode(&mut normal, value);
        }
        normal
    }

    fn from_dictionary(field: &Dictionary) -> Option<Self> {
        let ignores_order = match field.get("key-order") {
            None => false,
            Some(entry) => boolean(entry)?,
        };
        let except = match field.get("except") {
            None => None,
            Some(ListEntry::InnerList(names)) => Some(strings(names)?),
            Some(ListEntry::Item(_)) => return None,
        };
        let parameters = match (field.get("params"), except) {
            (None, None) => Parameters::default(),
            (Some(ListEntry::InnerList(names)), None) => Parameters::Only(strings(names)?),
            (Some(entry @ ListEntry::Item(_)), except) => match (boolean(entry)?, except) {
                (true, except) => Parameters::AllBut(except.unwrap_or_default()),
                (false, None) => Parameters::default(),
                (false, Some(_)) => return None,
            },
            // `except` is nothing without `params`.
            (_, Some(_)) => return None,
        };
        Some(Self {
            ignores_order,
            parameters,
        })
    }

    fn counts(&self, name: &[u8]) -> bool {
        let is_in = |names: &[String]| names.iter().any(|other| other.as_bytes() == name);
        match &self.parameters {
            Parameters::AllBut(names) => is_in(names),
            Parameters::Only(names) => !is_in(names),
        }
    }
}

/// The field in one way of writing it: equal rules are written alike.
impl fmt::Display for NoVarySearch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ignores_order {
            f.write_str("key-order, ")?;
        }
        let (start, names) = match &self.parameters {
            Parameters::AllBut(names) => ("params, except=(", names),
            Parameters::Only(names) => ("params=(", names),
        };
        f.write_str(start)?;
        for (place, name) in names.iter().enumerate() {
            let mut encoded = String::new();
            encode(&mut encoded, name.as_bytes());
            let space = if place > 0 { " " } else { "" };
            write!(f, "{space}\"{encoded}\"")?;
        }
        f.write_str(")")
    }
}

fn boolean(entry: &ListEntry) -> Option<bool> {
    match entry {
        ListEntry::Item(item) => item.bare_item.as_boolean(),
        ListEntry::InnerList(_) => None,
    }
}

/// Names, which are percent-encoded, since strings are ASCII.
fn strings(list: &InnerList) -> Option<Vec<String>> {
    let names = list.items.iter().map(|item| match &item.bare_item {
        BareItem::String(name) => String::from_utf8(decode(name.as_str())).ok(),
        _ => None,
    });
    names.collect()
}

/// `application/x-www-form-urlencoded`
fn decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = (byte == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        let escaped = escaped.and_then(|digits| Some(hex(digits[0])? * 16 + hex(digits[1])?));
        plain.push(match (escaped, byte) {
            (Some(byte), _) => byte,
            (None, b'+') => b' ',
            (None, byte) => byte,
        });
        at += if escaped.is_some() { 3 } else { 1 };
    }
    plain
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

fn encode(text: &mut String, bytes: &[u8]) {
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
}
