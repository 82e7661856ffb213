//! Media types: which are worth it, in whatever case they are written.

use crate::support::{ANY, Reply, ask, get};
use buttress_compression::{CompressionLayer, is_compressible};
use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};

const WORTH_IT: [&str; 28] = [
    "text/html",
    "text/plain",
    "text/css",
    "text/csv",
    "text/event-stream",
    "text/markdown",
    "text/javascript",
    "text/x-unheard-of",
    "application/json",
    "application/javascript",
    "application/xml",
    "application/wasm",
    "application/x-ndjson",
    "application/manifest+json",
    "application/problem+json",
    "application/ld+json",
    "application/vnd.api+json",
    "application/xhtml+xml",
    "application/rss+xml",
    "application/atom+xml",
    "application/vnd.example+text",
    "image/svg+xml",
    "image/bmp",
    "image/x-icon",
    "font/ttf",
    "font/otf",
    "application/vnd.ms-fontobject",
    "application/x-protobuf",
];

const NOT_WORTH_IT: [&str; 30] = [
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
    "video/mp4",
    "video/webm",
    "audio/mpeg",
    "audio/ogg",
    "font/woff",
    "font/woff2",
    "application/zip",
    "application/gzip",
    "application/zstd",
    "application/x-7z-compressed",
    "application/pdf",
    "application/octet-stream",
    "application/grpc",
    "application/grpc+proto",
    "application/grpc+json",
    "application/grpc+xml",
    "application/grpc-web+json",
    "application/grpc-web-text",
    "multipart/form-data",
    "multipart/byteranges",
    "application/vnd.example+zip",
    "application/epub+zip",
    "application/json5000",
    "nonsense",
    "/",
];

/// The type as it is, in capitals, mixed, and with parameters.
fn spellings(media_type: &str) -> Vec<String> {
    let mixed = media_type.char_indices().map(|(index, c)| {
        if index % 2 == 0 {
            c.to_ascii_uppercase()
        } else {
            c.to_ascii_lowercase()
        }
    });
    vec![
        media_type.to_owned(),
        media_type.to_uppercase(),
        mixed.collect(),
        format!("{media_type}; charset=utf-8"),
        format!("{media_type};charset=UTF-8;profile=\"image/png\""),
        format!("{media_type} ; a=b"),
        format!(" {media_type}\t"),
        format!("{media_type};"),
    ]
}

fn headers(content_type: &[u8]) -> HeaderMap {
    let value = HeaderValue::from_bytes(content_type).unwrap();
    HeaderMap::from_iter([(CONTENT_TYPE, value)])
}

#[tokio::test]
async fn text_and_its_kin_are_encoded() {
    for spelling in WORTH_IT.into_iter().flat_map(spellings) {
        assert!(
            is_compressible(&headers(spelling.as_bytes())),
            "{spelling:?}"
        );
        let reply = Reply::of(&spelling, Reply::page().data);
        let answer = ask(&CompressionLayer::new(), get("gzip"), &reply).await;
        assert_eq!(answer.coding(), "gzip", "{spelling:?}");
        assert_eq!(answer.decoded(), reply.data);
    }
}

#[tokio::test]
async fn what_has_its_own_coding_is_left_alone() {
    for spelling in NOT_WORTH_IT.into_iter().flat_map(spellings) {
        assert!(
            !is_compressible(&headers(spelling.as_bytes())),
            "{spelling:?}"
        );
        let reply = Reply::of(&spelling, Reply::page().data);
        let answer = ask(&CompressionLayer::new(), get(ANY), &reply).await;
        answer.assert_untouched(&reply);
    }
}

#[test]
fn parameters_do_not_make_a_type_what_it_is_not() {
    for content_type in [
        "image/png; name=text/plain",
        "image/png; x=+json",
        "image/png;+xml",
        "application/zip; text/html",
        "image/png, text/html",
    ] {
        assert!(
            !is_compressible(&headers(content_type.as_bytes())),
            "{content_type}"
        );
    }
}

#[test]
fn a_missing_or_senseless_type_is_none() {
    assert!(!is_compressible(&HeaderMap::new()));
    for content_type in [
        &b""[..],
        b" ",
        b";",
        b"; charset=utf-8",
        b"\xff",
        b"text",
        b"json",
        b"\xe9text/html",
    ] {
        assert!(!is_compressible(&headers(content_type)), "{content_type:?}");
    }
}

#[tokio::test]
async fn a_response_without_a_type_is_left_alone() {
    let reply = Reply::page().untyped();
    let answer = ask(&CompressionLayer::new(), get(ANY), &reply).await;
    answer.assert_untouched(&reply);
}
