//! Complete bodies, each in one call.

use super::Spec;
use crate::Encoding;
use bytes::Bytes;
use std::io;

/// The largest complete body that one poll encodes. At the default level that is
/// three quarters of a millisecond of gzip, a quarter of one of zstd and, because
/// a page of 60 KiB and more is to leave in one piece, 1.5 milliseconds of br.
pub(crate) const fn one_shot_limit(encoding: Encoding) -> usize {
    match encoding {
        Encoding::Zstd => 128 * 1024,
        _ => 96 * 1024,
    }
}

/// A codec that is given the whole input at once.
pub(super) trait Codec: Send {
    /// An output of this length is enough for any input of `len`.
    fn bound(&mut self, len: usize) -> usize;

    /// Writes the whole of the encoded form to the start of `output`, and says
    /// how long it is; `None` if it does not fit.
    fn compress(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Option<usize>>;
}

/// A codec and a buffer for its output, which is copied out at its true length:
/// one allocation for each body, once the buffer has grown.
pub(super) struct OneShot {
    codec: Box<dyn Codec>,
    scratch: Vec<u8>,
}

impl OneShot {
    /// Enough for the longest output of what [`one_shot_limit`] lets through.
    const SCRATCH: usize = 160 * 1024;

    pub(super) fn new(spec: Spec) -> io::Result<Self> {
        Ok(Self {
            codec: spec.new_codec()?,
            scratch: Vec::new(),
        })
    }

    /// The codec gets no more room than `max_len`, so it can give up early on
    /// input that does not shrink.
    pub(super) fn compress(&mut self, input: &[u8], max_len: usize) -> io::Result<Option<Bytes>> {
        let len = self.codec.bound(input.len()).min(max_len);
        let mut large;
        let output = if len > Self::SCRATCH {
            large = vec![0; len];
            &mut large[..]
        } else {
            if self.scratch.len() < len {
                self.scratch.resize(len, 0);
            }
            &mut self.scratch[..len]
        };
        let written = self.codec.compress(input, output)?;
        Ok(written.map(|written| Bytes::copy_from_slice(&output[..written])))
    }
}
