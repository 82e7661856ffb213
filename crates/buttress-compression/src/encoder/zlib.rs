//! Streams of gzip and zlib ("deflate"), by zlib-rs.

use super::{Encoder, Spec, Window};
use async_compression::{
    codecs::EncodeV2,
    core::util::{PartialBuffer, WriteBuffer},
};
use std::{io, ops::RangeInclusive};
use zlib_rs::{Deflate, DeflateConfig, DeflateFlush, Status};

/// With less room than this for its marker, zlib would begin a flush again and
/// again.
const FLUSH_ROOM: usize = 16;
/// Outside of these levels, the reset of zlib-rs 0.6 leaves more than its window
/// behind: at 1 that a block is open, without which the next output is corrupt;
/// at 9 hash chains, which lead to other matches.
const LEVELS_TO_RESET: RangeInclusive<i32> = 2..=8;

pub(super) struct Zlib {
    config: DeflateConfig,
    deflate: Deflate,
    unflushed: bool,
    finished: bool,
}

impl Zlib {
    #[cfg(feature = "gzip")]
    pub(super) fn gzip(spec: Spec) -> Self {
        // zlib's way of asking for gzip's header and trailer.
        Self::new(spec, 16)
    }

    #[cfg(feature = "deflate")]
    pub(super) fn deflate(spec: Spec) -> Self {
        Self::new(spec, 0)
    }

    fn new(spec: Spec, framing: i32) -> Self {
        // The hash table alone takes 128 KiB. The rest of a full one is 252 kB;
        // a window of 8 KiB with smaller buffers leaves 65 kB of that.
        let (window_bits, mem_level) = match spec.window {
            Window::Small => (13, 6),
            Window::Full | Window::Large => (15, 8),
        };
        let config = DeflateConfig {
            level: spec.level,
            window_bits: framing + window_bits,
            mem_level,
            ..DeflateConfig::default()
        };
        Self {
            config,
            deflate: Deflate::new_with_config(config),
            unflushed: false,
            finished: false,
        }
    }

    /// Overwrites with zeros what the last stream left in the window. No byte of
    /// it could get out, but after a flush zlib looks at the three bytes beyond
    /// its input, and so finds other matches than in a new window.
    fn wipe(&mut self) -> io::Result<()> {
        const ZEROS: &[u8] = &[0; 8 * 1024];
        // zlib's buffer is twice as long as its window.
        let size = 2_u64 << (self.config.window_bits & 15);
        let used = self.deflate.total_in().min(size);
        self.deflate.reset();
        // So many zeros stay inside of zlib: what comes out is a header.
        let mut space = [0; 64];
        while self.deflate.total_in() < used {
            let before = self.deflate.total_in();
            let len = (used - before).min(ZEROS.len() as u64) as usize;
            let mut output = WriteBuffer::new_initialized(&mut space);
            self.step(&ZEROS[..len], &mut output, DeflateFlush::NoFlush)?;
            if self.deflate.total_in() == before {
                return Err(io::Error::other("zlib takes no input"));
            }
        }
        self.deflate.reset();
        Ok(())
    }

    /// How much input was taken, and what zlib says.
    fn step(
        &mut self,
        input: &[u8],
        output: &mut WriteBuffer<'_>,
        flush: DeflateFlush,
    ) -> io::Result<(usize, Status)> {
        let (read, written) = (self.deflate.total_in(), self.deflate.total_out());
        let status = self
            .deflate
            .compress(input, output.initialize_unwritten(), flush)
            .map_err(|error| io::Error::other(error.as_str()))?;
        // Neither is more than the length of a slice.
        output.advance((self.deflate.total_out() - written) as usize);
        Ok(((self.deflate.total_in() - read) as usize, status))
    }
}

impl EncodeV2 for Zlib {
    fn encode(
        &mut self,
        input: &mut PartialBuffer<&[u8]>,
        output: &mut WriteBuffer<'_>,
    ) -> io::Result<()> {
        let (taken, _) = self.step(input.unwritten(), output, DeflateFlush::NoFlush)?;
        input.advance(taken);
        self.unflushed |= taken > 0;
        Ok(())
    }

    /// An `output` with room for less than 16 bytes counts as full.
    fn flush(&mut self, output: &mut WriteBuffer<'_>) -> io::Result<bool> {
        if self.unflushed && output.initialize_unwritten().len() >= FLUSH_ROOM {
            self.step(&[], output, DeflateFlush::SyncFlush)?;
            // If the output is full, there may be more to come.
            self.unflushed = output.has_no_spare_space();
        }
        Ok(!self.unflushed)
    }

    fn finish(&mut self, output: &mut WriteBuffer<'_>) -> io::Result<bool> {
        if !self.finished {
            let (_, status) = self.step(&[], output, DeflateFlush::Finish)?;
            self.finished = status == Status::StreamEnd;
            self.unflushed &= !self.finished;
        }
        Ok(self.finished)
    }
}

impl Encoder for Zlib {
    fn reset(&mut self) -> io::Result<()> {
        if LEVELS_TO_RESET.contains(&self.config.level) {
            self.wipe()?;
        } else {
            self.deflate = Deflate::new_with_config(self.config);
        }
        self.unflushed = false;
        self.finished = false;
        Ok(())
    }
}
