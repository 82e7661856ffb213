use super::invalid;
use async_compression::core::util::{PartialBuffer, WriteBuffer};
use std::io;
use zlib_rs::{Inflate, InflateFlush, Status};

/// What a DEFLATE stream (RFC 1951) is wrapped in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrapper {
    #[cfg(feature = "gzip")]
    Gzip,
    #[cfg(feature = "deflate")]
    Zlib,
    #[cfg(feature = "deflate")]
    None,
}

/// A DEFLATE decoder on zlib-rs.
///
/// The one of async-compression stands on flate2, whose default backend builds
/// the tables of fixed codes anew for each block. An empty block takes ten bits
/// and so two microseconds: 16 KiB of them keep it busy for 25 ms. zlib-rs, which
/// is here for the encoders anyway, has these tables ready.
pub(super) struct Decoder {
    wrapper: Wrapper,
    inflate: Inflate,
}

impl Decoder {
    pub(super) fn new(wrapper: Wrapper) -> Self {
        let (has_header, window_bits) = match wrapper {
            // 15 is the largest window; 16 more stand for gzip.
            #[cfg(feature = "gzip")]
            Wrapper::Gzip => (true, 16 + 15),
            #[cfg(feature = "deflate")]
            Wrapper::Zlib => (true, 15),
            #[cfg(feature = "deflate")]
            Wrapper::None => (false, 15),
        };
        Self {
            wrapper,
            inflate: Inflate::new(has_header, window_bits),
        }
    }
}

impl super::Decoder for Decoder {
    fn decode(
        &mut self,
        input: &mut PartialBuffer<&[u8]>,
        output: &mut WriteBuffer<'_>,
    ) -> io::Result<bool> {
        let (read, written) = (self.inflate.total_in(), self.inflate.total_out());
        let room = output.initialize_unwritten();
        let result = self
            .inflate
            .decompress(input.unwritten(), room, InflateFlush::NoFlush);
        // Both are lengths within the buffers, so they fit.
        input.advance((self.inflate.total_in() - read) as usize);
        output.advance((self.inflate.total_out() - written) as usize);
        match result {
            Ok(status) => Ok(status == Status::StreamEnd),
            Err(error) => Err(invalid(
                self.inflate.error_message().unwrap_or(error.as_str()),
            )),
        }
    }

    /// Only gzip gets here: `deflate` hides this decoder behind one of its own,
    /// which takes no second member.
    fn next_member(&mut self) -> io::Result<()> {
        // `Inflate::reset` cannot go back to gzip's wrapper.
        *self = Self::new(self.wrapper);
        Ok(())
    }
}
