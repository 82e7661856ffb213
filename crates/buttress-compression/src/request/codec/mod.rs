//! The decoders of async-compression, with what they leave out.

#[cfg(feature = "br")]
mod brotli;
#[cfg(feature = "deflate")]
mod deflate;

use crate::Encoding;
use async_compression::{
    codecs::DecodeV2,
    core::util::{PartialBuffer, WriteBuffer},
};
use std::io;

/// The decoder of one coding.
pub(super) struct Codec {
    encoding: Encoding,
    decoder: Box<dyn DecodeV2 + Send + Sync>,
}

impl Codec {
    /// `None` for a coding that this build does not have.
    pub(super) fn new(encoding: Encoding) -> Option<Self> {
        let decoder: Box<dyn DecodeV2 + Send + Sync> = match encoding {
            #[cfg(feature = "gzip")]
            Encoding::Gzip => Box::new(async_compression::codecs::GzipDecoder::new()),
            #[cfg(feature = "deflate")]
            Encoding::Deflate => Box::new(deflate::Decoder::default()),
            #[cfg(feature = "br")]
            Encoding::Br => Box::new(brotli::Decoder::default()),
            #[cfg(feature = "zstd")]
            Encoding::Zstd => Box::new(zstd()),
            _ => return None,
        };
        Some(Self { encoding, decoder })
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Answers whether the stream, member or frame ended.
    pub(super) fn decode(
        &mut self,
        input: &mut PartialBuffer<&[u8]>,
        output: &mut WriteBuffer<'_>,
    ) -> io::Result<bool> {
        self.decoder.decode(input, output)
    }

    /// Prepares for what follows the end. Only gzip (RFC 1952 §2.2) and zstd
    /// (RFC 8878 §3) are made of parts.
    pub(super) fn next_member(&mut self) -> io::Result<()> {
        match self.encoding {
            Encoding::Gzip | Encoding::Zstd => self.decoder.reinit(),
            _ => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "there is data after the end of the stream",
            )),
        }
    }
}

#[cfg(feature = "zstd")]
fn zstd() -> async_compression::codecs::ZstdDecoder {
    use async_compression::{codecs::ZstdDecoder, zstd::DParameter};
    // 8 MiB, the most that a sender may ask for (RFC 9659 §3).
    ZstdDecoder::new_with_params(&[DParameter::window_log_max(23)])
}
