use http::HeaderValue;
use std::fmt;

/// A content coding, as registered for `Content-Encoding` (RFC 9110 §8.4.1).
///
/// Every coding is always named here; whether this build can produce it is
/// what [`is_compiled`](Self::is_compiled) answers, so that a feature of the
/// crate never changes what a `match` has to cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// The body as the inner service made it.
    Identity,
    /// zlib-wrapped DEFLATE (RFC 1950; the name is older than the wrapper's).
    Deflate,
    /// RFC 1952. Clients may also ask for it as `x-gzip`.
    Gzip,
    /// RFC 7932.
    Br,
    /// RFC 8878, with a window of at most 8 MiB (RFC 9659).
    Zstd,
}

impl Encoding {
    /// The codings other than identity, the preferred first where a client
    /// likes several equally.
    pub const PREFERENCE: [Self; 4] = [Self::Zstd, Self::Br, Self::Gzip, Self::Deflate];

    /// Every coding that this crate knows, identity first.
    pub const ALL: &'static [Self] = &[
        Self::Identity,
        Self::Deflate,
        Self::Gzip,
        Self::Br,
        Self::Zstd,
    ];
    pub(crate) const COUNT: usize = 5;

    /// The place of this coding in a table of [`COUNT`](Self::COUNT) entries.
    pub(crate) const fn index(self) -> usize {
        self as usize
    }

    /// The token on the wire, in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Deflate => "deflate",
            Self::Gzip => "gzip",
            Self::Br => "br",
            Self::Zstd => "zstd",
        }
    }

    /// Whether the feature of this coding is on in this build.
    #[must_use]
    pub const fn is_compiled(self) -> bool {
        match self {
            Self::Identity => true,
            Self::Deflate => cfg!(feature = "deflate"),
            Self::Gzip => cfg!(feature = "gzip"),
            Self::Br => cfg!(feature = "br"),
            Self::Zstd => cfg!(feature = "zstd"),
        }
    }

    /// The coding that `token` names, in any case; `None` for one that this
    /// crate does not know.
    #[must_use]
    pub fn from_token(token: &[u8]) -> Option<Self> {
        // `x-gzip` is an alias by RFC 9110 §8.4.1.3.
        const TOKENS: [(&[u8], Encoding); 6] = [
            (b"gzip", Encoding::Gzip),
            (b"br", Encoding::Br),
            (b"zstd", Encoding::Zstd),
            (b"deflate", Encoding::Deflate),
            (b"identity", Encoding::Identity),
            (b"x-gzip", Encoding::Gzip),
        ];
        TOKENS
            .iter()
            .find(|(name, _)| token.eq_ignore_ascii_case(name))
            .map(|&(_, encoding)| encoding)
    }

    pub(crate) const fn header_value(self) -> HeaderValue {
        HeaderValue::from_static(self.as_str())
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
