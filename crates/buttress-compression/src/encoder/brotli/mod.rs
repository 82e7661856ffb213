//! br, by the crate of its name.

mod recycler;
mod state;

use self::state::{Brotli, Size};
use super::{Encoder, Spec, one_shot};
use async_compression::{
    codecs::EncodeV2,
    core::util::{PartialBuffer, WriteBuffer},
};
use brotli::enc::encode::{
    BrotliEncoderMaxCompressedSize, BrotliEncoderOperation,
    BrotliEncoderOperation::{
        BROTLI_OPERATION_FINISH, BROTLI_OPERATION_FLUSH, BROTLI_OPERATION_PROCESS,
    },
};
use std::io;

/// Below this the crate makes a block of the input of each call, however short:
/// of no use for a stream.
const FIRST_LEVEL_TO_BUFFER: i32 = 2;
/// Input after which a stream ends a block. The crate would gather up to eight
/// times as much, and spend milliseconds on it in one call; this costs 0.2 % of
/// the output at most and saves a third of the time of large bodies.
const BLOCK: usize = 256 * 1024;

pub(super) struct Stream {
    brotli: Brotli,
    size: Size,
    /// Input since the last block was ended.
    in_block: usize,
    /// A flush has begun: it must end before the crate takes input again.
    flushing: bool,
}

impl Stream {
    pub(super) fn new(spec: Spec) -> Self {
        let level = spec.level.max(FIRST_LEVEL_TO_BUFFER);
        let size = Size::of_stream(spec.window, level);
        let mut brotli = Brotli::new(level);
        brotli.restart(size);
        Self {
            brotli,
            size,
            in_block: 0,
            flushing: false,
        }
    }

    fn step(
        &mut self,
        operation: BrotliEncoderOperation,
        input: &[u8],
        output: &mut WriteBuffer<'_>,
    ) -> io::Result<usize> {
        let space = output.initialize_unwritten();
        let (taken, written) = self.brotli.step(operation, input, space)?;
        output.advance(written);
        Ok(taken)
    }
}

impl EncodeV2 for Stream {
    fn encode(
        &mut self,
        input: &mut PartialBuffer<&[u8]>,
        output: &mut WriteBuffer<'_>,
    ) -> io::Result<()> {
        if self.flushing && !self.flush(output)? {
            return Ok(());
        }
        let rest = input.unwritten();
        let piece = &rest[..rest.len().min(BLOCK - self.in_block)];
        let taken = self.step(BROTLI_OPERATION_PROCESS, piece, output)?;
        input.advance(taken);
        self.in_block += taken;
        if self.in_block == BLOCK {
            self.flush(output)?;
        }
        Ok(())
    }

    fn flush(&mut self, output: &mut WriteBuffer<'_>) -> io::Result<bool> {
        if self.in_block > 0 || self.flushing {
            self.step(BROTLI_OPERATION_FLUSH, &[], output)?;
            self.flushing = self.brotli.has_more_output();
            self.in_block = 0;
        }
        Ok(!self.flushing)
    }

    fn finish(&mut self, output: &mut WriteBuffer<'_>) -> io::Result<bool> {
        self.step(BROTLI_OPERATION_FINISH, &[], output)?;
        let finished = self.brotli.is_finished();
        if finished {
            self.in_block = 0;
            self.flushing = false;
        }
        Ok(finished)
    }
}

impl Encoder for Stream {
    fn reset(&mut self) -> io::Result<()> {
        self.brotli.restart(self.size);
        self.in_block = 0;
        self.flushing = false;
        Ok(())
    }
}

pub(super) struct Complete(Brotli);

impl Complete {
    pub(super) fn new(level: i32) -> Self {
        Self(Brotli::new(level))
    }
}

impl one_shot::Codec for Complete {
    fn bound(&mut self, len: usize) -> usize {
        BrotliEncoderMaxCompressedSize(len)
    }

    fn compress(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Option<usize>> {
        self.0.restart(Size::of_complete(input.len()));
        let (_, written) = self.0.step(BROTLI_OPERATION_FINISH, input, output)?;
        Ok(self.0.is_finished().then_some(written))
    }
}
