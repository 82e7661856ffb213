//! Complete bodies as gzip and zlib ("deflate"), by libdeflate.

use super::one_shot::Codec;
use libdeflater::{CompressionError, CompressionLvl, Compressor};
use std::io;

#[cfg(feature = "gzip")]
pub(super) struct Gzip(Compressor);

#[cfg(feature = "gzip")]
impl Gzip {
    pub(super) fn new(level: i32) -> io::Result<Self> {
        compressor(level).map(Self)
    }
}

#[cfg(feature = "gzip")]
impl Codec for Gzip {
    fn bound(&mut self, len: usize) -> usize {
        self.0.gzip_compress_bound(len)
    }

    fn compress(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Option<usize>> {
        fitting(self.0.gzip_compress(input, output))
    }
}

#[cfg(feature = "deflate")]
pub(super) struct Zlib(Compressor);

#[cfg(feature = "deflate")]
impl Zlib {
    pub(super) fn new(level: i32) -> io::Result<Self> {
        compressor(level).map(Self)
    }
}

#[cfg(feature = "deflate")]
impl Codec for Zlib {
    fn bound(&mut self, len: usize) -> usize {
        self.0.zlib_compress_bound(len)
    }

    fn compress(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Option<usize>> {
        fitting(self.0.zlib_compress(input, output))
    }
}

/// Its levels 1 to 9 are about as strong as zlib's; 10 to 12, which we have no
/// use for, are stronger.
fn compressor(level: i32) -> io::Result<Compressor> {
    match CompressionLvl::new(level) {
        Ok(level) => Ok(Compressor::new(level)),
        Err(_) => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("libdeflate has no level {level}"),
        )),
    }
}

fn fitting(result: Result<usize, CompressionError>) -> io::Result<Option<usize>> {
    match result {
        Ok(written) => Ok(Some(written)),
        Err(CompressionError::InsufficientSpace) => Ok(None),
    }
}
