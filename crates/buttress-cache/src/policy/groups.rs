//! Cache groups (RFC 9875): names that responses of one origin share, so that they
//! can be invalidated together.

use super::targeted::structured;
use http::{HeaderMap, HeaderName};
use sfv::{BareItem, List, ListEntry};

static MEMBER: HeaderName = HeaderName::from_static("cache-groups");
static INVALIDATION: HeaderName = HeaderName::from_static("cache-group-invalidation");

/// Names of groups. They are those of one origin: another origin's groups of the
/// same names are others (§2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CacheGroups(Vec<Box<str>>);

impl CacheGroups {
    /// The groups that a response is in: `Cache-Groups` (§2).
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        Self::parse(headers, &MEMBER)
    }

    /// The groups that the response to an unsafe request makes stale:
    /// `Cache-Group-Invalidation` (§3).
    #[must_use]
    pub fn invalidated_by(headers: &HeaderMap) -> Self {
        Self::parse(headers, &INVALIDATION)
    }

    /// The names.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A list with a member that is no string is no list of groups.
    fn parse(headers: &HeaderMap, field: &HeaderName) -> Self {
        let list = structured::<List>(headers, field).unwrap_or_default();
        let names = list.iter().map(|entry| match entry {
            ListEntry::Item(item) => match &item.bare_item {
                BareItem::String(name) => Some(Box::from(name.as_str())),
                _ => None,
            },
            ListEntry::InnerList(_) => None,
        });
        Self(names.collect::<Option<_>>().unwrap_or_default())
    }
}
