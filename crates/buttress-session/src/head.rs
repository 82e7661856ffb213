//! What the head of a response says where a session was used.

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{CACHE_CONTROL, Entry, SET_COOKIE, VARY},
};

/// What has to be changed.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    /// Of what the session holds, or with a cookie: nobody else's.
    pub(crate) is_private: bool,
    pub(crate) cookie: Option<HeaderValue>,
}

impl Edits {
    pub(crate) fn apply(self, headers: &mut HeaderMap, targeted: &[HeaderName]) {
        if let Some(cookie) = self.cookie {
            headers.append(SET_COOKIE, cookie);
        }
        if self.is_private {
            vary_by_cookie(headers);
            make_private(headers);
            // One look at the few fields that there are costs less than one for
            // each name.
            if headers.keys().any(|name| targeted.contains(name)) {
                for name in targeted {
                    headers.remove(name);
                }
            }
        }
    }
}

fn vary_by_cookie(headers: &mut HeaderMap) {
    match headers.entry(VARY) {
        Entry::Vacant(vacant) => {
            vacant.insert(HeaderValue::from_static("cookie"));
        }
        Entry::Occupied(mut fields) => {
            let mut names = fields
                .iter()
                .flat_map(|field| field.as_bytes().split(|&byte| byte == b','));
            let covers = |name: &[u8]| {
                let name = name.trim_ascii();
                name == b"*" || name.eq_ignore_ascii_case(b"cookie")
            };
            if !names.any(covers) {
                fields.append(HeaderValue::from_static("cookie"));
            }
        }
    }
}

/// Only the client's own cache may keep the response (RFC 9111 §5.2.2.7). What
/// else the service said of keeping it stands.
fn make_private(headers: &mut HeaderMap) {
    const PRIVATE: HeaderValue = HeaderValue::from_static("private");
    let mut fields = match headers.entry(CACHE_CONTROL) {
        Entry::Occupied(fields) => fields,
        Entry::Vacant(vacant) => {
            vacant.insert(PRIVATE);
            return;
        }
    };
    let mut kept = Vec::new();
    for field in fields.iter() {
        for directive in directives(field.as_bytes()) {
            let name = directive.split(|&byte| byte == b'=').next();
            let name = name.unwrap_or_default().trim_ascii();
            // `private="field"` would leave the rest to shared caches.
            let is_gone = [&b"public"[..], b"s-maxage", b"private"];
            if !is_gone.iter().any(|gone| name.eq_ignore_ascii_case(gone)) {
                kept.push(directive);
            }
        }
    }
    kept.push(b"private");
    let field = HeaderValue::from_bytes(&kept.join(&b", "[..]));
    fields.insert(field.unwrap_or(PRIVATE));
}

/// The directives of a field; a comma within quotes is none.
fn directives(field: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let parts = field.split(move |&byte| {
        let was_escaped = std::mem::take(&mut is_escaped);
        match byte {
            b'\\' if is_quoted && !was_escaped => is_escaped = true,
            b'"' if !was_escaped => is_quoted = !is_quoted,
            _ => {}
        }
        byte == b',' && !is_quoted
    });
    parts.map(<[u8]>::trim_ascii).filter(|it| !it.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn made_private(field: &[u8]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, HeaderValue::from_bytes(field).unwrap());
        make_private(&mut headers);
        assert_eq!(headers.get_all(CACHE_CONTROL).iter().count(), 1);
        let field = headers[CACHE_CONTROL].as_bytes();
        String::from_utf8_lossy(field).into_owned()
    }

    #[test]
    fn what_speaks_to_shared_caches_goes_and_the_rest_stays() {
        let cases = [
            ("public, max-age=60, s-maxage=600", "max-age=60, private"),
            ("Public,S-MaxAge = 5", "private"),
            ("no-store", "no-store, private"),
            ("private", "private"),
            (
                r#"private="a,public", no-cache="b, public""#,
                r#"no-cache="b, public", private"#,
            ),
            (r#"x="\"public, ", public"#, r#"x="\"public, ", private"#),
            ("", "private"),
            (",,max-age=1,", "max-age=1, private"),
        ];
        for (before, after) in cases {
            assert_eq!(made_private(before.as_bytes()), after, "of {before}");
        }
    }

    #[test]
    fn vary_names_the_cookie_once() {
        for (before, after) in [
            (None, "cookie"),
            (Some("Accept, COOKIE"), "Accept, COOKIE"),
            (Some("*"), "*"),
            (Some("x-cookie"), "x-cookie|cookie"),
        ] {
            let mut headers = HeaderMap::new();
            headers.extend(before.map(|it| (VARY, HeaderValue::from_static(it))));
            vary_by_cookie(&mut headers);
            let fields: Vec<_> = headers
                .get_all(VARY)
                .iter()
                .map(|it| it.to_str().unwrap())
                .collect();
            assert_eq!(fields.join("|"), after);
        }
    }

    proptest! {
        #[test]
        fn private_comes_out_of_anything(field in proptest::collection::vec(0x20u8..=0xff, 0..60)) {
            prop_assume!(!field.contains(&0x7f));
            let after = made_private(&field);
            prop_assert!(after.ends_with("private"));
        }
    }
}
