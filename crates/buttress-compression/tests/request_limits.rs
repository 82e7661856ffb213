//! A body that decodes to too much stops at the limit and is answered with 413.
#![cfg(all(
    feature = "gzip",
    feature = "deflate",
    feature = "br",
    feature = "zstd"
))]

mod request_support;

use buttress_compression::{Encoding, RequestDecompressionLayer};
use buttress_testing::{ScriptedBody, corpus};
use request_support::{ALL, bomb, encode, exchange, request, unlimited, whole};

const MIB: u64 = 1024 * 1024;

fn layer() -> RequestDecompressionLayer {
    RequestDecompressionLayer::new()
}

/// `body` in frames of 4 KiB.
fn frames(body: &[u8]) -> ScriptedBody {
    ScriptedBody::new().chunks(body.chunks(4096).map(<[u8]>::to_vec))
}

#[tokio::test]
async fn a_bomb_of_each_codec_stops_at_the_size() {
    for encoding in ALL {
        let layer = layer().max_ratio(u32::MAX);
        let body = frames(&bomb(encoding, 64 * MIB));
        let exchange = exchange(&layer, request(encoding.as_str(), body)).await;
        assert_eq!(exchange.status, 413, "{encoding}");
        assert!(exchange.error().is_too_large() && !exchange.error().is_corrupt());
        assert_eq!(
            exchange.error().to_string(),
            "request body decodes to more than 8388608 bytes"
        );
        let delivered = exchange.seen().body.bytes().len() as u64;
        assert!(delivered <= 8 * MIB, "{encoding} gave {delivered} bytes");
    }
}

#[tokio::test]
async fn a_bomb_of_each_codec_stops_at_the_ratio() {
    for encoding in ALL {
        let body = bomb(encoding, 64 * MIB);
        let received = body.len() as u64;
        let exchange = exchange(&layer().max_size(u64::MAX), whole(encoding.as_str(), body)).await;
        assert_eq!(exchange.status, 413, "{encoding}");
        assert!(exchange.error().is_too_large());
        assert_eq!(
            exchange.error().to_string(),
            "request body decodes to more than 250 times its encoded size"
        );
        let delivered = exchange.seen().body.bytes().len() as u64;
        assert!(
            delivered <= (250 * received).max(64 * 1024),
            "{encoding} gave {delivered} bytes"
        );
    }
}

#[tokio::test]
async fn a_source_is_not_read_on_after_the_limit() {
    let body = frames(&bomb(Encoding::Gzip, 64 * MIB));
    let probe = body.probe();
    let exchange = exchange(&layer().max_ratio(u32::MAX), request("gzip", body)).await;
    assert_eq!(exchange.status, 413);
    // Eight of 64 MiB lie in the first eighth, and no more than that is read.
    assert!(
        probe.frames() <= 3,
        "{} frames of 16 were read",
        probe.frames()
    );
}

#[tokio::test]
async fn the_size_is_exact() {
    for body in [
        corpus::json(400),
        corpus::random(40_000, 1),
        corpus::zeros(40_000),
    ] {
        let size = body.len() as u64;
        for encoding in ALL {
            let encoded = encode(encoding, &body);
            for (max, status) in [(size, 200), (size - 1, 413), (size + 1, 200), (0, 413)] {
                let request = request(encoding.as_str(), frames(&encoded));
                let exchange = exchange(&layer().max_size(max), request).await;
                assert_eq!(
                    exchange.status, status,
                    "{encoding}: {size} with {max} allowed"
                );
                assert!(exchange.seen().body.bytes().len() as u64 <= max);
            }
        }
    }
}

#[tokio::test]
async fn the_ratio_is_exact_for_a_body_that_came_whole() {
    for encoding in ALL {
        let encoded = encode(encoding, &corpus::zeros(400_000));
        let (size, len) = (400_000_u32, encoded.len() as u32);
        let (fits, exceeds) = (size.div_ceil(len), size.div_ceil(len) - 1);
        for (ratio, status) in [(fits, 200), (exceeds, 413)] {
            let request = whole(encoding.as_str(), encoded.clone());
            let exchange = exchange(&layer().max_ratio(ratio), request).await;
            assert_eq!(
                exchange.status, status,
                "{encoding}: {size} of {len}, ratio {ratio}"
            );
        }
    }
}

#[tokio::test]
async fn the_ratio_waits_for_64_kib() {
    let layer = layer().max_ratio(1);
    for (size, status) in [(64 * 1024, 200), (64 * 1024 + 1, 413)] {
        for encoding in ALL {
            let body = encode(encoding, &corpus::zeros(size));
            let exchange = exchange(&layer, whole(encoding.as_str(), body)).await;
            assert_eq!(exchange.status, status, "{encoding} of {size} bytes");
        }
    }
}

#[tokio::test]
async fn ordinary_bodies_stay_within_the_defaults() {
    for body in [
        corpus::json(10_000),
        corpus::html(1 << 20),
        corpus::random(1 << 20, 1),
    ] {
        for encoding in ALL {
            let exchange =
                exchange(&layer(), whole(encoding.as_str(), encode(encoding, &body))).await;
            assert_eq!(exchange.decoded(), body, "{encoding}");
        }
    }
}

#[tokio::test]
async fn a_coding_in_the_middle_is_held_to_the_limits_too() {
    // More than a mebibyte of members without a byte in them, packed well.
    let members = encode(Encoding::Gzip, b"").repeat(60_000);
    let body = encode(Encoding::Br, &members);
    for layer in [unlimited().max_size(MIB), unlimited().max_ratio(250)] {
        let exchange = exchange(&layer, whole("gzip, br", body.clone())).await;
        assert_eq!(exchange.status, 413);
        assert!(exchange.error().is_too_large());
        assert_eq!(exchange.seen().body.bytes(), "");
    }
    let exchange = exchange(&unlimited(), whole("gzip, br", body)).await;
    assert_eq!(exchange.decoded(), "");
}

#[tokio::test]
async fn ten_codings_deep_is_refused_by_the_head_alone() {
    let mut body = corpus::zeros(1000);
    for _ in 0..10 {
        body = encode(Encoding::Gzip, &body);
    }
    let list = ["gzip"; 10].join(", ");
    let exchange = exchange(&layer(), whole(&list, body)).await;
    assert_eq!(exchange.status, 415);
    assert!(exchange.seen.is_none(), "the handler ran");
}

#[tokio::test]
async fn a_bomb_ten_codings_deep_stops_where_they_are_allowed() {
    for encoding in ALL {
        let mut body = bomb(encoding, 64 * MIB);
        for _ in 1..10 {
            body = encode(encoding, &body);
        }
        let list = [encoding.as_str(); 10].join(", ");
        let layer = layer().max_codings(10);
        let exchange = exchange(&layer, whole(&list, body)).await;
        assert_eq!(exchange.status, 413, "{encoding}");
        assert!(exchange.seen().body.bytes().len() as u64 <= 8 * MIB);
    }
}

/// A brotli stream that asks for a window of `2^bits` bytes.
fn brotli_window(bits: i32) -> Vec<u8> {
    let params = brotli::enc::BrotliEncoderParams {
        large_window: bits > 24,
        lgwin: bits,
        ..Default::default()
    };
    let mut encoded = Vec::new();
    brotli::BrotliCompress(&mut &b"hello"[..], &mut encoded, &params).unwrap();
    encoded
}

/// An empty zstd frame that asks for a window of `2^bits` bytes: a magic
/// number, no flags, the window, an empty last block (RFC 8878 §3.1.1).
fn zstd_window(bits: u8) -> Vec<u8> {
    vec![0x28, 0xb5, 0x2f, 0xfd, 0, (bits - 10) << 3, 1, 0, 0]
}

#[tokio::test]
async fn windows_up_to_the_standards_are_taken_and_larger_ones_corrupt() {
    for (coding, body, text) in [
        ("br", brotli_window(24), "hello"),
        ("zstd", zstd_window(23), ""),
    ] {
        assert_eq!(
            exchange(&layer(), whole(coding, body)).await.decoded(),
            text
        );
    }
    for (coding, body) in [
        ("br", brotli_window(25)),
        ("br", brotli_window(30)),
        ("zstd", zstd_window(24)),
        ("zstd", zstd_window(30)),
    ] {
        for size in [1, body.len()] {
            let body = ScriptedBody::new().chunks(body.chunks(size).map(<[u8]>::to_vec));
            let exchange = exchange(&layer(), request(coding, body)).await;
            assert_eq!(exchange.status, 400, "{coding}");
            assert!(exchange.error().is_corrupt());
        }
    }
}

#[tokio::test]
async fn members_and_frames_of_nothing_stop_at_the_encoded_size() {
    // An empty gzip member, and a skippable frame of zstd (RFC 8878 §3.1.2).
    let member = encode(Encoding::Gzip, b"");
    let frame = [&[0x50, 0x2a, 0x4d, 0x18, 0xf8, 0, 0, 0][..], &[0; 0xf8]].concat();
    for (coding, nothing) in [("gzip", member), ("zstd", frame)] {
        let nothing = nothing.repeat((1 << 20) / nothing.len());
        let exchange = exchange(&layer().max_size(1000), request(coding, frames(&nothing))).await;
        assert_eq!(exchange.status, 413, "{coding}");
        assert_eq!(
            exchange.error().to_string(),
            "encoded request body is longer than 66661 bytes"
        );
    }
}
