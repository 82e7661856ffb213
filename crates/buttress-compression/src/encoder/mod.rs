//! Encoders that are made once and used again.
//!
//! A complete body goes through [`EncoderPool::compress`] in one call; a body
//! that is still arriving borrows a [`PooledEncoder`] and drives it through
//! `EncodeV2`, the codec interface of async-compression.
//!
//! | | a stream | a complete body |
//! |---|---|---|
//! | gzip, deflate | zlib-rs | libdeflate |
//! | br | brotli | brotli |
//! | zstd | zstd | zstd |

#[cfg(feature = "br")]
mod brotli;
mod idle;
mod level;
#[cfg(any(feature = "gzip", feature = "deflate"))]
mod libdeflate;
mod one_shot;
mod pool;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "gzip", feature = "deflate"))]
mod zlib;
#[cfg(feature = "zstd")]
mod zstd;

pub(crate) use level::{clamp_level, default_level, fast_level};
pub(crate) use one_shot::one_shot_limit;
pub(crate) use pool::{EncoderPool, PooledEncoder};

use crate::Encoding;
use async_compression::codecs::EncodeV2;
use std::io;

/// A streaming encoder that can start over.
///
/// What the callers of `EncodeV2` may count on: `flush` writes nothing when no
/// input came since the last one that was completed, and `finish` nothing once
/// it has answered `true`.
pub(crate) trait Encoder: EncodeV2 + Send {
    /// Makes the next output byte-identical to a new encoder's.
    fn reset(&mut self) -> io::Result<()>;
}

/// How much history a streaming encoder keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Window {
    /// The codec's usual window: for bodies that arrive as fast as they are
    /// encoded and so are soon over.
    Full,
    /// A small one: for bodies that pause, of which thousands may be open.
    Small,
    /// As `Full`; for br larger tables too, for bodies known to be of 1 MiB or
    /// more.
    Large,
}

impl Window {
    /// For a complete body of `len` bytes, when it is encoded as a stream.
    pub(crate) const fn of_complete(len: usize) -> Self {
        if len < 1 << 20 {
            Self::Full
        } else {
            Self::Large
        }
    }
}

/// What tells one pooled encoder from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spec {
    pub(crate) encoding: Encoding,
    pub(crate) level: i32,
    pub(crate) window: Window,
}

impl Spec {
    fn new_encoder(self) -> io::Result<Box<dyn Encoder>> {
        match self.encoding {
            #[cfg(feature = "gzip")]
            Encoding::Gzip => Ok(Box::new(zlib::Zlib::gzip(self))),
            #[cfg(feature = "deflate")]
            Encoding::Deflate => Ok(Box::new(zlib::Zlib::deflate(self))),
            #[cfg(feature = "br")]
            Encoding::Br => Ok(Box::new(brotli::Stream::new(self))),
            #[cfg(feature = "zstd")]
            Encoding::Zstd => Ok(Box::new(zstd::Stream::new(self)?)),
            other => Err(not_compiled(other)),
        }
    }

    fn new_codec(self) -> io::Result<Box<dyn one_shot::Codec>> {
        match self.encoding {
            #[cfg(feature = "gzip")]
            Encoding::Gzip => Ok(Box::new(libdeflate::Gzip::new(self.level)?)),
            #[cfg(feature = "deflate")]
            Encoding::Deflate => Ok(Box::new(libdeflate::Zlib::new(self.level)?)),
            #[cfg(feature = "br")]
            Encoding::Br => Ok(Box::new(brotli::Complete::new(self.level))),
            #[cfg(feature = "zstd")]
            Encoding::Zstd => Ok(Box::new(zstd::Complete::new(self.level)?)),
            other => Err(not_compiled(other)),
        }
    }
}

fn not_compiled(encoding: Encoding) -> io::Error {
    let message = format!("no encoder for {encoding} in this build");
    io::Error::new(io::ErrorKind::Unsupported, message)
}
