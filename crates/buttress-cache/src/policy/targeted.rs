//! Targeted `Cache-Control` fields (RFC 9213): dictionaries of structured fields
//! (RFC 9651) that stand in for `Cache-Control` and `Expires`.

use super::{
    Seconds,
    directives::{FieldNames, ResponseDirectives},
};
use http::{HeaderMap, HeaderName};
use sfv::{BareItem, Dictionary, ListEntry};

/// The directives of the first of `fields` that is valid and not empty (§2.2).
pub(super) fn targeted(headers: &HeaderMap, fields: &[HeaderName]) -> Option<ResponseDirectives> {
    fields
        .iter()
        .filter_map(|field| structured::<Dictionary>(headers, field))
        .find(|dictionary| !dictionary.is_empty())
        .map(|dictionary| directives(&dictionary))
}

/// A structured field over all its lines, if it is there and valid.
pub(super) fn structured<T: sfv::FieldType>(headers: &HeaderMap, field: &HeaderName) -> Option<T> {
    // Most responses have none, and to look for one line is cheaper.
    let first = headers.get(field)?;
    let mut lines = headers.get_all(field).into_iter().skip(1);
    let Some(second) = lines.next() else {
        return sfv::Parser::new(first.as_bytes()).parse().ok();
    };
    // Lines are joined before they are parsed (RFC 9651 §4.2).
    let mut joined = [first.as_bytes(), second.as_bytes()].join(&b", "[..]);
    for line in lines {
        joined.extend_from_slice(b", ");
        joined.extend_from_slice(line.as_bytes());
    }
    sfv::Parser::new(&joined).parse().ok()
}

/// Members of another type than the directive's, and those that are no directive,
/// are passed over.
fn directives(dictionary: &Dictionary) -> ResponseDirectives {
    let mut parsed = ResponseDirectives::default();
    for (key, entry) in dictionary {
        let ListEntry::Item(item) = entry else {
            continue;
        };
        let is = |name: &str| key.as_str() == name;
        match &item.bare_item {
            BareItem::Boolean(true) => add_flag(&mut parsed, is),
            BareItem::Integer(number) => {
                if let Some(slot) = parsed.number(is) {
                    let number = i64::from(*number);
                    // A negative lifetime is none.
                    *slot = Some(Seconds::new(u64::try_from(number).unwrap_or(0)));
                }
            }
            BareItem::String(names) => add_names(&mut parsed, is, names.as_str()),
            BareItem::Token(name) => add_names(&mut parsed, is, name.as_str()),
            _ => {}
        }
    }
    parsed
}

fn add_flag(parsed: &mut ResponseDirectives, is: impl Fn(&str) -> bool) {
    if is("private") {
        parsed.private = true;
    } else if is("no-cache") {
        parsed.no_cache = true;
    } else if let Some(flag) = parsed.flag(is) {
        *flag = true;
    }
}

fn add_names(parsed: &mut ResponseDirectives, is: impl Fn(&str) -> bool, names: &str) {
    let names = FieldNames::parse(Some(names.as_bytes()));
    if is("private") {
        parsed.add_private(names);
    } else if is("no-cache") {
        parsed.add_no_cache(names);
    }
}
