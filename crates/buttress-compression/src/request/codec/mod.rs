//! One decoder for each coding, with what the libraries leave out.

#[cfg(feature = "br")]
mod brotli;
#[cfg(feature = "deflate")]
mod deflate;
#[cfg(any(feature = "gzip", feature = "deflate"))]
mod inflate;
#[cfg(feature = "zstd")]
mod zstd;

use crate::Encoding;
use async_compression::core::util::{PartialBuffer, WriteBuffer};
use std::io;

pub(super) trait Decoder: Send + Sync {
    /// Decodes from `input` into `output` until one of them is used up, and
    /// answers whether the stream (or member, or frame) ended.
    fn decode(
        &mut self,
        input: &mut PartialBuffer<&[u8]>,
        output: &mut WriteBuffer<'_>,
    ) -> io::Result<bool>;

    /// Prepares for what follows the end. Only gzip (RFC 1952 §2.2) and zstd
    /// (RFC 8878 §3) are made of parts.
    fn next_member(&mut self) -> io::Result<()> {
        Err(invalid("there is data after the end of the stream"))
    }
}

/// `None` for a coding that this build does not have.
pub(super) fn decoder(encoding: Encoding) -> Option<Box<dyn Decoder>> {
    match encoding {
        #[cfg(feature = "gzip")]
        Encoding::Gzip => Some(Box::new(inflate::Decoder::new(inflate::Wrapper::Gzip))),
        #[cfg(feature = "deflate")]
        Encoding::Deflate => Some(Box::new(deflate::Decoder::default())),
        #[cfg(feature = "br")]
        Encoding::Br => Some(Box::new(brotli::Decoder::default())),
        #[cfg(feature = "zstd")]
        Encoding::Zstd => Some(Box::new(zstd::decoder())),
        _ => None,
    }
}

fn invalid(text: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}
