//! br, by the crate of its name.

use super::{Encoder, Spec, Window, one_shot, recycler::Recycler};
use async_compression::{
    codecs::EncodeV2,
    core::util::{PartialBuffer, WriteBuffer},
};
use brotli::enc::{
    backward_references::{AnyHasher, BrotliEncoderParams, UnionHasher},
    encode::{
        BrotliEncoderDestroyInstance, BrotliEncoderMaxCompressedSize, BrotliEncoderOperation,
        BrotliEncoderOperation::{
            BROTLI_OPERATION_FINISH, BROTLI_OPERATION_FLUSH, BROTLI_OPERATION_PROCESS,
        },
        BrotliEncoderStateStruct,
    },
};
use std::{io, mem};

/// From 1 MiB on, the crate chooses larger tables; one size of them serves all.
const SIZE_HINT: usize = (1 << 20) - 1;
/// Below this the crate makes a block of the input of each call, however short:
/// of no use for a stream.
const FIRST_LEVEL_TO_BUFFER: i32 = 2;
/// Up to here the hash table takes 2 MiB or less and is kept for the next
/// output; from 7 on it takes 8 to 32 MiB.
const LAST_LEVEL_TO_KEEP_TABLES: i32 = 6;

/// The crate cannot reset an encoder, but all parts of one are public: a new one
/// is made around the memory and the hash table of the old.
struct Brotli {
    level: i32,
    state: BrotliEncoderStateStruct<Recycler>,
}

impl Brotli {
    fn new(level: i32) -> Self {
        Self {
            level,
            state: BrotliEncoderStateStruct::new(Recycler::default()),
        }
    }

    /// Starts over with a window of `1 << window_log` bytes.
    fn restart(&mut self, window_log: i32) {
        let mut hasher = if self.level <= LAST_LEVEL_TO_KEEP_TABLES {
            mem::take(&mut self.state.hasher_)
        } else {
            UnionHasher::default()
        };
        // This hands all memory back to the allocator.
        BrotliEncoderDestroyInstance(&mut self.state);
        let mut state = BrotliEncoderStateStruct::new(mem::take(&mut self.state.m8));
        state.params = BrotliEncoderParams {
            quality: self.level,
            lgwin: window_log,
            size_hint: SIZE_HINT,
            ..BrotliEncoderParams::default()
        };
        if !matches!(hasher, UnionHasher::Uninit) {
            let common = hasher.GetHasherCommon();
            // The encoder clears the table when it meets this, or just the part
            // that a short input uses.
            common.is_prepared_ = 0;
            state.params.hasher = common.params;
            state.hasher_ = hasher;
        }
        self.state = state;
    }

    /// How much was taken and how much written.
    fn step(
        &mut self,
        operation: BrotliEncoderOperation,
        input: &[u8],
        output: &mut [u8],
    ) -> io::Result<(usize, usize)> {
        let (mut taken, mut written) = (0, 0);
        let done = self.state.compress_stream(
            operation,
            &mut input.len(),
            input,
            &mut taken,
            &mut output.len(),
            output,
            &mut written,
            &mut None,
            &mut |_, _, _, _| (),
        );
        if done {
            Ok((taken, written))
        } else {
            Err(io::Error::other("brotli encoder failed"))
        }
    }
}

pub(super) struct Stream {
    brotli: Brotli,
    window_log: i32,
    unflushed: bool,
    /// A flush has begun: it must end before the crate takes input again.
    flushing: bool,
}

impl Stream {
    pub(super) fn new(spec: Spec) -> Self {
        let level = spec.level.max(FIRST_LEVEL_TO_BUFFER);
        let window_log = match spec.window {
            Window::Full => FULL_WINDOW_LOG,
            Window::Small => small_window_log(level),
        };
        let mut brotli = Brotli::new(level);
        brotli.restart(window_log);
        Self {
            brotli,
            window_log,
            unflushed: false,
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
        let taken = self.step(BROTLI_OPERATION_PROCESS, input.unwritten(), output)?;
        input.advance(taken);
        self.unflushed |= taken > 0;
        Ok(())
    }

    fn flush(&mut self, output: &mut WriteBuffer<'_>) -> io::Result<bool> {
        if self.unflushed {
            self.step(BROTLI_OPERATION_FLUSH, &[], output)?;
            self.flushing = self.brotli.state.has_more_output();
            self.unflushed = self.flushing;
        }
        Ok(!self.unflushed)
    }

    fn finish(&mut self, output: &mut WriteBuffer<'_>) -> io::Result<bool> {
        self.step(BROTLI_OPERATION_FINISH, &[], output)?;
        let finished = self.brotli.state.is_finished();
        self.unflushed &= !finished;
        Ok(finished)
    }
}

impl Encoder for Stream {
    fn reset(&mut self) -> io::Result<()> {
        self.brotli.restart(self.window_log);
        self.unflushed = false;
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
        self.0.restart(window_log(input.len()));
        let (_, written) = self.0.step(BROTLI_OPERATION_FINISH, input, output)?;
        Ok(self.0.state.is_finished().then_some(written))
    }
}

/// 256 KiB: larger ones save nothing at the levels that keep up with a stream,
/// and a buffer of twice the window is allocated.
const FULL_WINDOW_LOG: i32 = 18;

/// The crate takes, from level 5 on, a hash table of 32 MiB for a window below
/// 17.
const fn small_window_log(level: i32) -> i32 {
    if level < 5 { 16 } else { 17 }
}

/// A window that holds `len` bytes, up to the crate's usual one.
fn window_log(len: usize) -> i32 {
    (17..22).find(|log| len <= (1 << log) - 16).unwrap_or(22)
}
