//! The bodies.

use buttress_benches::corpora;
use bytes::Bytes;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sample {
    Json512,
    Json4K,
    Json32K,
    Json256K,
    Json2M,
    Html68K,
    Css70K,
    /// Too small for any layer.
    Tiny,
    /// Of a type that no layer compresses.
    Image,
    /// 1000 chunks of 94 bytes, much like each other.
    ListItems,
    /// 1000 chunks of 94 bytes, cut from a page.
    PageChunks,
    Zeros64M,
    Repetitive8M,
}

/// The bodies of the tables of speed.
pub(crate) const USUAL: [Sample; 7] = [
    Sample::Json512,
    Sample::Json4K,
    Sample::Json32K,
    Sample::Json256K,
    Sample::Json2M,
    Sample::Html68K,
    Sample::Css70K,
];

impl Sample {
    pub(crate) const ALL: [Self; 13] = [
        Self::Json512,
        Self::Json4K,
        Self::Json32K,
        Self::Json256K,
        Self::Json2M,
        Self::Html68K,
        Self::Css70K,
        Self::Tiny,
        Self::Image,
        Self::ListItems,
        Self::PageChunks,
        Self::Zeros64M,
        Self::Repetitive8M,
    ];

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Json512 => "JSON 512 B",
            Self::Json4K => "JSON 4 KiB",
            Self::Json32K => "JSON 32 KiB",
            Self::Json256K => "JSON 256 KiB",
            Self::Json2M => "JSON 2 MiB",
            Self::Html68K => "HTML 68 KiB",
            Self::Css70K => "CSS 70 KiB",
            Self::Tiny => "text 20 B",
            Self::Image => "PNG 4 KiB",
            Self::ListItems => "items of a list",
            Self::PageChunks => "pieces of a page",
            Self::Zeros64M => "zeros 64 MiB",
            Self::Repetitive8M => "repetitive JSON 8 MiB",
        }
    }

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Html68K | Self::ListItems | Self::PageChunks => "text/html; charset=utf-8",
            Self::Css70K => "text/css",
            Self::Tiny | Self::Zeros64M => "text/plain",
            Self::Image => "image/png",
            _ => "application/json",
        }
    }

    pub(crate) fn bytes(self) -> Bytes {
        let bytes = match self {
            Self::Json512 => corpora::json(512),
            Self::Json4K => corpora::json(4 << 10),
            Self::Json32K => corpora::json(32 << 10),
            Self::Json256K => corpora::json(256 << 10),
            Self::Json2M => corpora::json(2 << 20),
            Self::Html68K => corpora::html(68 << 10),
            Self::Css70K => corpora::css(70 << 10),
            Self::Tiny => b"Nothing to see here.".to_vec(),
            Self::Image => buttress_testing::corpus::random(4 << 10, 1),
            Self::ListItems => corpora::list(1000),
            Self::PageChunks => corpora::html(1000 * 94),
            Self::Zeros64M => buttress_testing::corpus::zeros(64 << 20),
            Self::Repetitive8M => corpora::repetitive_json(8 << 20),
        };
        bytes.into()
    }
}
