//! A predicate that takes what `is_compressible` takes, not the head.

use buttress_compression::CompressionLayer;
use http::HeaderMap;

fn main() {
    let _ = CompressionLayer::new().predicate(|headers: &HeaderMap| headers.is_empty());
}
