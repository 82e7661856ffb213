//! Which of the fields that a proxy has to do with a message has: found in one pass,
//! since most have few of them, and to look for each would take a hash of each name.

use http::HeaderMap;

/// What there is of them, perhaps more than once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen(u32);

macro_rules! fields {
    ($($constant:ident = $bit:literal, $length:literal, $name:literal;)*) => {
        impl Seen {
            $(pub(crate) const $constant: Self = Self(1 << $bit);)*

            /// What a field of this name is, if it is any of them.
            fn named(name: &[u8]) -> Self {
                // The length tells most names apart.
                match name.len() {
                    $($length if name == $name => Self::$constant,)*
                    _ => Self(0),
                }
            }
        }
    };
}

fields! {
    TE = 0, 2, b"te";
    EXPECT = 1, 6, b"expect";
    UPGRADE = 2, 7, b"upgrade";
    FORWARDED = 3, 9, b"forwarded";
    X_REAL_IP = 4, 9, b"x-real-ip";
    CONNECTION = 5, 10, b"connection";
    KEEP_ALIVE = 6, 10, b"keep-alive";
    CONTENT_LENGTH = 7, 14, b"content-length";
    X_FORWARDED_FOR = 8, 15, b"x-forwarded-for";
    X_FORWARDED_HOST = 9, 16, b"x-forwarded-host";
    X_FORWARDED_PORT = 10, 16, b"x-forwarded-port";
    PROXY_CONNECTION = 11, 16, b"proxy-connection";
    X_FORWARDED_PROTO = 12, 17, b"x-forwarded-proto";
    TRANSFER_ENCODING = 13, 17, b"transfer-encoding";
    X_FORWARDED_PREFIX = 14, 18, b"x-forwarded-prefix";
}

impl Seen {
    pub(crate) const HOP_BY_HOP: Self = Self(
        Self::TE.0
            | Self::UPGRADE.0
            | Self::CONNECTION.0
            | Self::KEEP_ALIVE.0
            | Self::PROXY_CONNECTION.0
            | Self::TRANSFER_ENCODING.0,
    );

    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let names = headers.keys().map(|name| name.as_str().as_bytes());
        Self(names.fold(0, |seen, name| seen | Self::named(name).0))
    }

    /// Whether any of `fields` is there.
    pub(crate) fn has(self, fields: Self) -> bool {
        self.0 & fields.0 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue, header};

    #[test]
    fn each_field_is_seen_and_no_other() {
        let mut headers = HeaderMap::new();
        for name in [header::HOST, header::VIA, header::ACCEPT, header::TRAILER] {
            headers.insert(name, HeaderValue::from_static("a"));
        }
        assert_eq!(Seen::of(&headers).0, 0);
        for (field, name) in [
            (Seen::TE, header::TE),
            (Seen::EXPECT, header::EXPECT),
            (Seen::UPGRADE, header::UPGRADE),
            (Seen::FORWARDED, header::FORWARDED),
            (Seen::X_REAL_IP, HeaderName::from_static("x-real-ip")),
            (Seen::CONNECTION, header::CONNECTION),
            (Seen::KEEP_ALIVE, HeaderName::from_static("keep-alive")),
            (Seen::CONTENT_LENGTH, header::CONTENT_LENGTH),
            (Seen::TRANSFER_ENCODING, header::TRANSFER_ENCODING),
        ] {
            let mut headers = headers.clone();
            headers.append(&name, HeaderValue::from_static("a"));
            headers.append(&name, HeaderValue::from_static("b"));
            assert_eq!(Seen::of(&headers).0, field.0, "{name}");
        }
    }
}
