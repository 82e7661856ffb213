use http::{HeaderMap, header::CONTENT_TYPE, response::Parts};

/// Says by its head whether a response is worth compressing.
///
/// The layer asks after its own rules (status, `Cache-Control`, size, …), so a
/// predicate cannot make it encode what must not be encoded. Closures are
/// predicates (write their parameter's type, as the compiler cannot find it);
/// combine them with [`is_compressible`], the default.
///
/// A predicate sees no request: what depends on one is for an inner layer to
/// decide, with a [`CompressionHint`](crate::CompressionHint::skip).
///
/// ```
/// use buttress_compression::{CompressionLayer, is_compressible};
/// use http::response::Parts;
///
/// CompressionLayer::new().predicate(|head: &Parts| {
///     is_compressible(&head.headers) && !head.headers.contains_key("x-secret")
/// });
/// ```
pub trait Predicate: Send + Sync {
    /// Whether to compress the response with this head.
    fn should_compress(&self, head: &Parts) -> bool;
}

impl<F: Fn(&Parts) -> bool + Send + Sync> Predicate for F {
    fn should_compress(&self, head: &Parts) -> bool {
        self(head)
    }
}

/// The default predicate: whether the media type in `Content-Type` usually
/// shrinks.
///
/// That is `text/*`, every `+json`, `+xml` and `+text`, and the types that
/// the public mime-db marks as compressible: JSON, JavaScript, XML, WebAssembly,
/// uncompressed fonts and images, and the like. Names count in any case,
/// parameters do not. A response without the field is left alone, and so are
/// `application/grpc` and its kin, whose messages carry their own coding.
#[must_use]
pub fn is_compressible(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(is_compressible_type)
}

/// The media type without parameters, as it was written.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(CONTENT_TYPE)?.as_bytes();
    let essence = value.split(|&byte| byte == b';').next()?.trim_ascii();
    (!essence.is_empty()).then_some(essence)
}

pub(crate) fn starts_with_ignore_case(text: &[u8], prefix: &[u8]) -> bool {
    text.len() >= prefix.len() && text[..prefix.len()].eq_ignore_ascii_case(prefix)
}

fn is_compressible_type(media_type: &[u8]) -> bool {
    if starts_with_ignore_case(media_type, b"text/") {
        return true;
    }
    if !starts_with_ignore_case(media_type, b"application/") {
        return has_compressible_suffix(media_type) || is_listed(media_type, &OTHERS);
    }
    let subtype = &media_type[b"application/".len()..];
    // Before the suffixes: `application/grpc+json` is gRPC, not JSON.
    !starts_with_ignore_case(subtype, b"grpc")
        && (is_listed(subtype, &APPLICATIONS) || has_compressible_suffix(subtype))
}

/// The structured syntax suffix, as in `image/svg+xml` (RFC 6838 §4.2.8).
fn has_compressible_suffix(media_type: &[u8]) -> bool {
    let plus = media_type.iter().rposition(|&byte| byte == b'+');
    plus.is_some_and(|plus| is_listed(&media_type[plus + 1..], &[b"json", b"xml", b"text"]))
}

fn is_listed(name: &[u8], list: &[&[u8]]) -> bool {
    list.iter().any(|listed| name.eq_ignore_ascii_case(listed))
}

/// Subtypes of `application`, the most frequent first, since the list is
/// searched from its start.
const APPLICATIONS: [&[u8]; 31] = [
    b"json",
    b"javascript",
    b"xml",
    b"wasm",
    b"x-javascript",
    b"ecmascript",
    b"x-ndjson",
    b"ndjson",
    b"jsonl",
    b"json-seq",
    b"yaml",
    b"x-yaml",
    b"toml",
    b"graphql",
    b"sql",
    b"rtf",
    b"tar",
    b"x-tar",
    b"x-sh",
    b"x-httpd-php",
    b"x-ns-proxy-autoconfig",
    b"x-www-form-urlencoded",
    b"x-protobuf",
    b"protobuf",
    b"xml-dtd",
    b"postscript",
    b"vnd.ms-fontobject",
    b"vnd.apple.mpegurl",
    b"x-mpegurl",
    b"x-font-ttf",
    b"x-font-otf",
];

const OTHERS: [&[u8]; 10] = [
    b"font/ttf",
    b"font/otf",
    b"image/bmp",
    b"image/x-ms-bmp",
    b"image/x-icon",
    b"image/vnd.microsoft.icon",
    b"image/vnd.adobe.photoshop",
    b"message/rfc822",
    b"x-shader/x-vertex",
    b"x-shader/x-fragment",
];
