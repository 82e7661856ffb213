//! What comes in encoded, in whatever form and pieces, is read plain.
#![cfg(all(
    feature = "gzip",
    feature = "deflate",
    feature = "br",
    feature = "zstd"
))]

mod request_support;

use buttress_compression::{Encoding, RequestDecompressionLayer};
use buttress_testing::{ScriptedBody, corpus};
use flate2::{Compression, GzBuilder, write::ZlibEncoder};
use http::{HeaderValue, header::CONTENT_ENCODING};
use proptest::{collection::vec, prelude::*};
use request_support::{ALL, encode, exchange, raw_deflate, request, whole};
use std::io::Write;

fn layer() -> RequestDecompressionLayer {
    RequestDecompressionLayer::new()
}

/// `data` in pieces of the given sizes over and over, with an empty frame
/// before and a pause after each.
fn pieces(mut data: &[u8], sizes: &[usize]) -> ScriptedBody {
    let mut body = ScriptedBody::new();
    for size in sizes.iter().cycle() {
        if data.is_empty() {
            break;
        }
        let (piece, rest) = data.split_at(data.len().min(*size));
        body = body.empty().data(piece.to_vec()).pause();
        data = rest;
    }
    body
}

fn in_two(data: &[u8], at: usize) -> ScriptedBody {
    ScriptedBody::new()
        .data(data[..at].to_vec())
        .data(data[at..].to_vec())
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.build().unwrap().block_on(future)
}

/// Runs of one byte beside noise, so that both short and long matches occur.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let runs = vec((any::<u8>(), 1..9000_usize), 0..8);
    (runs, vec(any::<u8>(), 0..3000)).prop_map(|(runs, noise)| {
        let runs = runs.into_iter();
        let mut body: Vec<u8> = runs.flat_map(|(byte, len)| vec![byte; len]).collect();
        body.extend(noise);
        body
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_body_in_any_pieces_decodes_to_itself(
        body in bodies(),
        sizes in vec(1..5000_usize, 1..6),
    ) {
        for encoding in ALL {
            let encoded = encode(encoding, &body);
            let request = request(encoding.as_str(), pieces(&encoded, &sizes));
            prop_assert_eq!(block_on(exchange(&layer(), request)).decoded(), &body);
        }
        let request = request("deflate", pieces(&raw_deflate(&body), &sizes));
        prop_assert_eq!(block_on(exchange(&layer(), request)).decoded(), &body);
    }

    #[test]
    fn any_pieces_of_anything_give_the_verdict_of_the_whole(
        noise in vec(any::<u8>(), 0..200),
        size in 1..40_usize,
        start in 0..60_usize,
    ) {
        for encoding in ALL {
            // A true beginning lets the noise get further in.
            let mut body = encode(encoding, b"hello hello hello hello");
            body.truncate(start);
            body.extend(&noise);
            let one = block_on(exchange(&layer(), whole(encoding.as_str(), body.clone())));
            let many = request(encoding.as_str(), pieces(&body, &[size]));
            let many = block_on(exchange(&layer(), many));
            prop_assert_eq!(one.status, many.status);
            if one.status == 200 {
                prop_assert_eq!(one.decoded(), many.decoded());
            }
        }
    }
}

#[tokio::test]
async fn large_bodies_decode_and_their_frames_are_small() {
    for body in [corpus::json(20_000), corpus::random(1 << 20, 1)] {
        for encoding in ALL {
            let encoded = encode(encoding, &body);
            let one = exchange(&layer(), whole(encoding.as_str(), encoded.clone())).await;
            let many = request(encoding.as_str(), pieces(&encoded, &[40_000]));
            let many = exchange(&layer(), many).await;
            assert_eq!(one.decoded(), body, "{encoding} at once");
            assert_eq!(many.decoded(), body, "{encoding} in pieces");
            let frames = one.seen().body.frames.iter();
            assert!(
                frames
                    .chain(&many.seen().body.frames)
                    .all(|frame| { (1..=16 * 1024).contains(&frame.len()) })
            );
        }
    }
}

#[tokio::test]
async fn names_are_known_in_any_case_and_by_the_alias() {
    let body = encode(Encoding::Gzip, b"hello");
    for name in [
        "gzip",
        "GZIP",
        "x-gzip",
        "X-Gzip",
        " gzip ",
        "identity, gZip,",
    ] {
        let exchange = exchange(&layer(), whole(name, body.clone())).await;
        assert_eq!(exchange.decoded(), "hello", "{name}");
    }
    for (name, encoding) in [
        ("Deflate", Encoding::Deflate),
        ("BR", Encoding::Br),
        ("ZStd", Encoding::Zstd),
    ] {
        let exchange = exchange(&layer(), whole(name, encode(encoding, b"hello"))).await;
        assert_eq!(exchange.decoded(), "hello", "{name}");
    }
}

#[tokio::test]
async fn two_codings_over_each_other_decode_in_turn() {
    let body = corpus::json(2000);
    for first in ALL {
        for second in ALL {
            let encoded = encode(second, &encode(first, &body));
            let list = format!("{first}, {second}");
            let one_line = exchange(&layer(), whole(&list, encoded.clone())).await;
            assert_eq!(one_line.decoded(), body, "{list}");

            let mut two_lines = request(first.as_str(), pieces(&encoded, &[777]));
            let second = HeaderValue::from_static(second.as_str());
            two_lines.headers_mut().append(CONTENT_ENCODING, second);
            assert_eq!(
                exchange(&layer(), two_lines).await.decoded(),
                body,
                "{list}"
            );
        }
    }
}

#[tokio::test]
async fn gzip_members_decode_as_one_body_wherever_they_are_split() {
    let members = [&b"one "[..], b"", b"two ", b"three"];
    let encoded = members
        .map(|member| encode(Encoding::Gzip, member))
        .concat();
    for at in 0..=encoded.len() {
        let request = request("x-gzip", in_two(&encoded, at));
        assert_eq!(exchange(&layer(), request).await.decoded(), "one two three");
    }
}

#[tokio::test]
async fn the_optional_fields_of_gzip_are_skipped_wherever_they_are_split() {
    let fields = GzBuilder::new()
        .extra("extra")
        .filename("name")
        .comment("comment");
    let mut encoder = fields.write(Vec::new(), Compression::new(6));
    encoder.write_all(b"hello").unwrap();
    let encoded = encoder.finish().unwrap();
    for at in 0..=encoded.len() {
        let request = request("gzip", in_two(&encoded, at));
        assert_eq!(exchange(&layer(), request).await.decoded(), "hello");
    }
}

#[tokio::test]
async fn zstd_frames_decode_as_one_body_and_skippable_ones_are_skipped() {
    // RFC 8878 §3.1.2: a magic number, the length, and as many bytes to skip.
    let skippable = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
    let (one, two) = (
        encode(Encoding::Zstd, b"one "),
        encode(Encoding::Zstd, b"two"),
    );
    let encoded = [&skippable[..], &one, &skippable, &two, &skippable].concat();
    for at in 0..=encoded.len() {
        let request = request("zstd", in_two(&encoded, at));
        assert_eq!(exchange(&layer(), request).await.decoded(), "one two");
    }
}

#[tokio::test]
async fn deflate_is_known_with_and_without_its_wrapper_at_any_split() {
    for body in [&b""[..], b"a", b"hello hello hello hello"] {
        for encoded in [encode(Encoding::Deflate, body), raw_deflate(body)] {
            for at in 0..=encoded.len() {
                let request = request("deflate", in_two(&encoded, at));
                assert_eq!(exchange(&layer(), request).await.decoded(), body);
            }
        }
    }
}

#[tokio::test]
async fn deflate_is_known_by_its_wrapper_at_every_level() {
    let body = corpus::html(5000);
    for level in 0..=9 {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(level));
        encoder.write_all(&body).unwrap();
        let request = whole("deflate", encoder.finish().unwrap());
        assert_eq!(exchange(&layer(), request).await.decoded(), body);
    }
}

#[tokio::test]
async fn an_empty_body_is_empty_in_every_coding() {
    for coding in ["gzip", "deflate", "br", "zstd", "br, gzip"] {
        for body in [
            ScriptedBody::new(),
            ScriptedBody::new().knows_its_end(),
            ScriptedBody::new().empty().pause().empty(),
        ] {
            let exchange = exchange(&layer(), request(coding, body)).await;
            assert_eq!(exchange.decoded(), "", "{coding}");
        }
    }
}
