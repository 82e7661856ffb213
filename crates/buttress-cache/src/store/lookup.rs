use crate::{Entry, Head, Key, variants::VaryBy};
use http::HeaderMap;
use std::{borrow::Cow, sync::Arc};

/// What a store knows of a request at once.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Lookup {
    /// It has a variant for the request, fresh or stale.
    Hit(Arc<Entry>),
    /// It has nothing under the key.
    Miss,
    /// It has other variants alone.
    VariantMiss,
    /// It has to look elsewhere: [`ask`](super::Store::ask).
    Ask,
}

/// What is looked for: a key, and the fields of the request, which say which
/// variants will do.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    key: Cow<'a, Key>,
    headers: Cow<'a, HeaderMap>,
    vary_by: Cow<'a, VaryBy>,
}

impl<'a> Wanted<'a> {
    /// What a request with these fields wants.
    #[must_use]
    pub fn new(key: &'a Key, headers: &'a HeaderMap) -> Self {
        Self {
            key: Cow::Borrowed(key),
            headers: Cow::Borrowed(headers),
            vary_by: Cow::Owned(VaryBy::default()),
        }
    }

    pub(crate) fn by(key: &'a Key, headers: &'a HeaderMap, vary_by: &'a VaryBy) -> Self {
        Self {
            key: Cow::Borrowed(key),
            headers: Cow::Borrowed(headers),
            vary_by: Cow::Borrowed(vary_by),
        }
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Whether a variant with this head answers the request.
    #[must_use]
    pub fn accepts(&self, head: &Head) -> bool {
        self.vary_by.accepts(head, &self.headers)
    }

    /// The same, for longer than the request lives.
    #[must_use]
    pub fn into_owned(self) -> Wanted<'static> {
        Wanted {
            key: Cow::Owned(self.key.into_owned()),
            headers: Cow::Owned(self.headers.into_owned()),
            vary_by: Cow::Owned(self.vary_by.into_owned()),
        }
    }
}
