use crate::policy::{Initials, RequestTerms};
use http::{HeaderMap, HeaderName};

/// The request fields that are known to change answers without being in the key:
/// what origins build URLs and methods from.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    refused: Vec<HeaderName>,
    initials: Initials,
    lengths: Lengths,
}

/// A set of lengths of names, which those of 63 bytes and more share.
#[derive(Clone, Copy, Debug, Default)]
struct Lengths(u64);

impl Lengths {
    fn add(&mut self, name: &str) {
        self.0 |= 1 << name.len().min(63);
    }

    fn has(self, name: &str) -> bool {
        self.0 >> name.len().min(63) & 1 == 1
    }
}

impl Default for Guard {
    fn default() -> Self {
        const REFUSED: [&str; 11] = [
            "forwarded",
            "x-forwarded-host",
            "x-forwarded-prefix",
            "x-forwarded-scheme",
            "x-host",
            "x-http-host-override",
            "x-http-method",
            "x-http-method-override",
            "x-method-override",
            "x-original-url",
            "x-rewrite-url",
        ];
        let mut guard = Self {
            refused: Vec::with_capacity(REFUSED.len()),
            initials: Initials::default(),
            lengths: Lengths::default(),
        };
        for name in REFUSED {
            guard.refuse(HeaderName::from_static(name));
        }
        guard
    }
}

impl Guard {
    pub(crate) fn refuse(&mut self, name: HeaderName) {
        if !self.refused.contains(&name) {
            self.initials.add(name.as_str());
            self.lengths.add(name.as_str());
            self.refused.push(name);
        }
    }

    pub(crate) fn allow(&mut self, name: &HeaderName) {
        self.refused.retain(|refused| refused != name);
    }

    /// A field of the request that is refused.
    pub(crate) fn finds(&self, terms: &RequestTerms, headers: &HeaderMap) -> Option<&HeaderName> {
        // The first letters tell most requests apart.
        if !self.initials.may_meet(terms.initials) {
            return None;
        }
        // Of the rest, each has its first letter, and hardly one the length of any.
        let mut names = headers.keys().filter(|name| {
            let name = name.as_str();
            self.initials.may_meet(Initials::of([name])) && self.lengths.has(name)
        });
        names.find_map(|name| self.refused.iter().find(|refused| *refused == name))
    }
}
