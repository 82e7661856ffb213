//! What a response lets caches do (RFC 9111 §5.2.2, RFC 5861, RFC 8246).

use super::{
    lexer::{Directive, for_each},
    request::stricter,
};
use crate::policy::{Seconds, fields::is_essential};
use http::{HeaderMap, HeaderName, header};

/// The directives of a response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResponseDirectives {
    /// `max-age`
    pub max_age: Option<Seconds>,
    /// `s-maxage`
    pub s_maxage: Option<Seconds>,
    /// `public`
    pub public: bool,
    /// `private`, for the whole response.
    pub private: bool,
    /// `no-cache`, for the whole response.
    pub no_cache: bool,
    /// `no-store`
    pub no_store: bool,
    /// `must-revalidate`
    pub must_revalidate: bool,
    /// `proxy-revalidate`
    pub proxy_revalidate: bool,
    /// `must-understand`
    pub must_understand: bool,
    /// `immutable` (RFC 8246): a validation is not worth its while when fresh.
    pub immutable: bool,
    /// `stale-while-revalidate` (RFC 5861 §3)
    pub stale_while_revalidate: Option<Seconds>,
    /// `stale-if-error` (RFC 5861 §4)
    pub stale_if_error: Option<Seconds>,
    /// The fields that `private="…"` names.
    pub private_fields: Vec<HeaderName>,
    /// The fields that `no-cache="…"` names.
    pub no_cache_fields: Vec<HeaderName>,
}

impl ResponseDirectives {
    /// Reads all lines of `Cache-Control`. Of one that is there twice the
    /// stricter counts (RFC 9111 §4.2.1), and a number that is none is zero.
    #[must_use]
    pub fn parse(headers: &HeaderMap) -> Self {
        let mut parsed = Self::default();
        for_each(headers, &header::CACHE_CONTROL, |directive| {
            parsed.add(directive);
        });
        parsed
    }

    fn add(&mut self, directive: &Directive<'_>) {
        if let Some(flag) = self.flag(|name| directive.is(name)) {
            *flag = true;
        } else if let Some(slot) = self.number(|name| directive.is(name)) {
            stricter(slot, directive.seconds().unwrap_or_default());
        } else if directive.is("private") {
            self.add_private(FieldNames::parse(directive.argument.as_deref()));
        } else if directive.is("no-cache") {
            self.add_no_cache(FieldNames::parse(directive.argument.as_deref()));
        }
    }

    /// The place of a directive without argument.
    pub(in crate::policy) fn flag(&mut self, is: impl Fn(&str) -> bool) -> Option<&mut bool> {
        let flags = [
            ("public", &mut self.public),
            ("no-store", &mut self.no_store),
            ("must-revalidate", &mut self.must_revalidate),
            ("proxy-revalidate", &mut self.proxy_revalidate),
            ("must-understand", &mut self.must_understand),
            ("immutable", &mut self.immutable),
        ];
        find(flags, is)
    }

    /// The place of a directive with a number.
    pub(in crate::policy) fn number(
        &mut self,
        is: impl Fn(&str) -> bool,
    ) -> Option<&mut Option<Seconds>> {
        let numbers = [
            ("max-age", &mut self.max_age),
            ("s-maxage", &mut self.s_maxage),
            ("stale-while-revalidate", &mut self.stale_while_revalidate),
            ("stale-if-error", &mut self.stale_if_error),
        ];
        find(numbers, is)
    }

    pub(in crate::policy) fn add_private(&mut self, names: FieldNames) {
        match names {
            FieldNames::All => self.private = true,
            FieldNames::Some(names) => self.private_fields.extend(names),
        }
    }

    pub(in crate::policy) fn add_no_cache(&mut self, names: FieldNames) {
        match names {
            FieldNames::All => self.no_cache = true,
            FieldNames::Some(names) => self.no_cache_fields.extend(names),
        }
    }
}

fn find<T, const N: usize>(slots: [(&str, T); N], is: impl Fn(&str) -> bool) -> Option<T> {
    slots
        .into_iter()
        .find_map(|(name, slot)| is(name).then_some(slot))
}

/// The argument of `private` and `no-cache`: without one they mean the whole
/// response, and so they do when it cannot be read, or the response without what it
/// names.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::policy) enum FieldNames {
    All,
    Some(Vec<HeaderName>),
}

impl FieldNames {
    pub(in crate::policy) fn parse(argument: Option<&[u8]>) -> Self {
        let names = argument.unwrap_or_default().split(|&byte| byte == b',');
        let names = names
            .map(<[u8]>::trim_ascii)
            .filter(|name| !name.is_empty())
            .map(HeaderName::from_bytes);
        match names.collect::<Result<Vec<_>, _>>() {
            Ok(names) if !names.is_empty() && !names.iter().any(is_essential) => Self::Some(names),
            _ => Self::All,
        }
    }
}
