//! The request head after its body was decoded.

use http::{
    HeaderMap,
    header::{CONTENT_ENCODING, CONTENT_LENGTH},
};

/// Fields that hold a digest of the encoded bytes, and so are wrong about the
/// decoded ones.
///
/// `Content-MD5` (RFC 2616 §14.15) and `Content-Digest` (RFC 9530 §2) cover
/// the content as sent. `Repr-Digest` (RFC 9530 §3) and its predecessor
/// `Digest` (RFC 3230) cover the representation, of which the coding is a part
/// (RFC 9110 §8.1), so they cover the encoded bytes too.
const DIGESTS: [&str; 4] = ["content-md5", "content-digest", "repr-digest", "digest"];

pub(super) fn strip_head(headers: &mut HeaderMap) {
    headers.remove(CONTENT_ENCODING);
    headers.remove(CONTENT_LENGTH);
    strip_trailers(headers);
}

/// Digests that are made while the body is sent come as trailers.
pub(super) fn strip_trailers(trailers: &mut HeaderMap) {
    for name in DIGESTS {
        trailers.remove(name);
    }
}
