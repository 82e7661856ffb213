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
    // Before the suffixes: `application/grpc+json` is gRPC, not JSON.
    if starts_with_ignore_case(media_type, b"application/grpc") {
        return false;
    }
    starts_with_ignore_case(media_type, b"text/")
        || SUFFIXES.iter().any(|suffix| {
            let start = media_type.len().saturating_sub(suffix.len());
            media_type[start..].eq_ignore_ascii_case(suffix)
        })
        || TYPES
            .iter()
            .any(|listed| media_type.eq_ignore_ascii_case(listed.as_bytes()))
}

const SUFFIXES: [&[u8]; 3] = [b"+json", b"+xml", b"+text"];

/// The most frequent first, since the list is searched from its start.
const TYPES: [&str; 41] = [
    "application/json",
    "application/javascript",
    "application/xml",
    "application/wasm",
    "application/x-javascript",
    "application/ecmascript",
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/json-seq",
    "application/yaml",
    "application/x-yaml",
    "application/toml",
    "application/graphql",
    "application/sql",
    "application/rtf",
    "application/tar",
    "application/x-tar",
    "application/x-sh",
    "application/x-httpd-php",
    "application/x-ns-proxy-autoconfig",
    "application/x-www-form-urlencoded",
    "application/x-protobuf",
    "application/protobuf",
    "application/xml-dtd",
    "application/postscript",
    "application/vnd.ms-fontobject",
    "application/vnd.apple.mpegurl",
    "application/x-mpegurl",
    "application/x-font-ttf",
    "application/x-font-otf",
    "font/ttf",
    "font/otf",
    "image/bmp",
    "image/x-ms-bmp",
    "image/x-icon",
    "image/vnd.microsoft.icon",
    "image/vnd.adobe.photoshop",
    "message/rfc822",
    "x-shader/x-vertex",
    "x-shader/x-fragment",
];
