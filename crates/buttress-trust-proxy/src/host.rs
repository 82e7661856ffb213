//! The host that a client asked for.

use crate::fields::Field;
use http::{HeaderValue, Uri, uri::Authority};

/// It is shared with the request that it comes from, where that is possible.
#[derive(Clone, Debug)]
pub(crate) enum Host {
    Authority(Authority),
    Field(HeaderValue),
}

impl Host {
    /// What the request says; that it says it once.
    pub(crate) fn asked_for(field: Field<'_>, uri: &Uri) -> Option<Self> {
        match uri.authority() {
            Some(authority) => Some(Self::Authority(authority.clone())),
            None => field.only().cloned().map(Self::Field),
        }
    }

    /// What a hop says: a host, perhaps with a port, and nothing that is more than that.
    /// `line` is the whole value that it stands in, if it is the only one.
    pub(crate) fn told(text: &[u8], line: Option<&HeaderValue>) -> Option<Self> {
        let whole = line.filter(|line| line.len() == text.len());
        whole.and_then(Self::plain).or_else(|| {
            let authority = Authority::try_from(text).ok()?;
            (!authority.as_str().contains('@')).then_some(Self::Authority(authority))
        })
    }

    /// What a hop says in a line of its own, if that is as simple as nearly all are.
    pub(crate) fn plain(line: &HeaderValue) -> Option<Self> {
        is_plain(line.as_bytes()).then(|| Self::Field(line.clone()))
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Authority(authority) => Some(authority.as_str()),
            Self::Field(field) => field.to_str().ok(),
        }
    }

    pub(crate) fn to_authority(&self) -> Option<Authority> {
        match self {
            Self::Authority(authority) => Some(authority.clone()),
            Self::Field(field) => Authority::try_from(field.as_bytes()).ok(),
        }
    }

    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Authority(authority) => authority.as_str().as_bytes(),
            Self::Field(field) => field.as_bytes(),
        }
    }
}

impl PartialEq for Host {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes().eq_ignore_ascii_case(other.as_bytes())
    }
}

impl Eq for Host {}

/// The bytes of names, in a table: the host of each request is looked at.
static IS_OF_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < table.len() {
        let it = byte as u8;
        table[byte] = it.is_ascii_alphanumeric() || it == b'.' || it == b'-';
        byte += 1;
    }
    table
};

/// Whether it is a name or an IPv4 address, perhaps with a port, as nearly all are: that
/// needs no parser of authorities, which would copy it.
fn is_plain(text: &[u8]) -> bool {
    match text.iter().position(|&byte| !IS_OF_NAME[usize::from(byte)]) {
        None => !text.is_empty(),
        Some(colon) => {
            let port = &text[colon + 1..];
            colon > 0
                && text[colon] == b':'
                && matches!(port.len(), 1..=5)
                && port.iter().all(u8::is_ascii_digit)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// What takes the short way would have taken the long one.
        #[test]
        fn what_is_plain_is_an_authority(text in "[a-zA-Z0-9.:@_-]{0,12}") {
            if is_plain(text.as_bytes()) {
                let authority = Authority::try_from(text.as_bytes()).unwrap();
                prop_assert_eq!(authority.as_str(), &text);
                prop_assert!(!text.contains('@'));
            }
        }
    }
}
