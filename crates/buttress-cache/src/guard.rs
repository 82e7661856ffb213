use crate::policy::{Initials, RequestTerms};
use http::{HeaderMap, HeaderName};

/// The request fields that are known to change answers without being in the key:
/// what origins build URLs and methods from.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    refused: Vec<HeaderName>,
    initials: Initials,
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
        Self {
            refused: REFUSED.map(HeaderName::from_static).to_vec(),
            initials: Initials::of(REFUSED),
        }
    }
}

impl Guard {
    pub(crate) fn refuse(&mut self, name: HeaderName) {
        if !self.refused.contains(&name) {
            self.initials.add(name.as_str());
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
        let mut names = headers.keys();
        names.find_map(|name| self.refused.iter().find(|refused| *refused == name))
    }
}
