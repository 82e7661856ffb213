use http::{HeaderMap, HeaderValue, header::COOKIE};
use std::fmt;

/// The `Cookie` fields of a request, unread until somebody asks.
#[derive(Clone, Default)]
pub(crate) struct Cookies {
    first: Option<HeaderValue>,
    /// HTTP/2 may split the field.
    rest: Vec<HeaderValue>,
}

/// So many cookies of our name are looked at. A browser sends one for each path
/// and domain; more is somebody's experiment.
const MOST: usize = 16;

impl Cookies {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut fields = headers.get_all(COOKIE).iter();
        let Some(first) = fields.next() else {
            return Self::default();
        };
        Self {
            first: Some(first.clone()),
            rest: fields.cloned().collect(),
        }
    }

    /// What `read` makes of the first cookie of this name that it takes.
    pub(crate) fn find<T>(&self, name: &str, read: impl Fn(&[u8]) -> Option<T>) -> Option<T> {
        let fields = self.first.iter().chain(&self.rest);
        fields
            .flat_map(|field| values(field.as_bytes(), name))
            .take(MOST)
            .find_map(read)
    }

    /// Whether there is a cookie of this name, well-formed or not.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name, |_| Some(())).is_some()
    }
}

/// The values of the cookies of this name. As bytes, for those of other apps may
/// hold any; and leniently, as browsers and proxies are.
fn values<'a>(field: &'a [u8], name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    field.split(|&byte| byte == b';').filter_map(move |pair| {
        let value = trim(pair).strip_prefix(name.as_bytes())?;
        let value = trim(trim(value).strip_prefix(b"=")?);
        let quoted = value
            .strip_prefix(b"\"")
            .and_then(|it| it.strip_suffix(b"\""));
        Some(quoted.unwrap_or(value))
    })
}

fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

impl fmt::Debug for Cookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = usize::from(self.first.is_some()) + self.rest.len();
        write!(f, "Cookies({count} fields)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(fields: &[&[u8]], name: &str) -> Vec<Vec<u8>> {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(COOKIE, HeaderValue::from_bytes(field).unwrap());
        }
        let found = std::cell::RefCell::new(Vec::new());
        let cookies = Cookies::of(&headers);
        cookies.find(name, |value| {
            found.borrow_mut().push(value.to_vec());
            None::<()>
        });
        found.into_inner()
    }

    #[test]
    fn all_of_the_name_are_found_in_their_order() {
        let fields: [&[u8]; 3] = [
            b"sid2=no; sid=1;sid = \"2\" ;xsid=no; SID=no; sid; =sid; ;;",
            b"\xff=\xfe; sid=\xff",
            b"sid=;sid==;sid=\"",
        ];
        let expected: [&[u8]; 6] = [b"1", b"2", b"\xff", b"", b"=", b"\""];
        assert_eq!(all(&fields, "sid"), expected);
        assert!(all(&[], "sid").is_empty());
    }

    #[test]
    fn no_more_than_sixteen_are_looked_at() {
        let field = b"sid=x; ".repeat(1000);
        assert_eq!(all(&[&field], "sid").len(), 16);
    }

    proptest! {
        #[test]
        fn a_cookie_among_others_is_found(before in "[a-c=;\" ]{0,30}", after in "[a-c=;\" ]{0,30}") {
            let field = format!("{before};sid=VALUE;{after}");
            prop_assert_eq!(all(&[field.as_bytes()], "sid"), [b"VALUE"]);
        }
    }
}
