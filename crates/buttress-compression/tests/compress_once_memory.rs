//! What the compress-once cache holds is what it weighs.
#![cfg(all(feature = "compress-once", feature = "gzip"))]

mod support_body;

use buttress_compression::{CompressionLayer, Encoding};
use buttress_testing::alloc::{CountingAllocator, live_bytes};
use bytes::Bytes;
use http::header::ETAG;
use http_body_util::{BodyExt, Full};
use support_body::{answer, html};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Alone in its process, since what lives is counted for all threads.
#[tokio::test]
async fn pieces_of_large_buffers_do_not_keep_the_buffers() {
    let layer = CompressionLayer::new().compress_once(1 << 20);
    let before = live_bytes();
    for version in 0..20 {
        let buffer = Bytes::from("hello world ".repeat(1 << 18));
        let mut response = html(Full::new(buffer.slice(..4096)));
        let tag = format!("\"{version}\"");
        response.headers_mut().insert(ETAG, tag.parse().unwrap());
        let response = answer(&layer, Encoding::Gzip, response);
        response.into_body().collect().await.unwrap();
    }
    let held = live_bytes() - before;
    assert!(held < 2 << 20, "{held} bytes are held");
}
