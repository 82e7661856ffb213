//! An encoder that can start over.

use super::recycler::{Cell, Recycler};
use crate::encoder::Window;
use brotli::enc::{
    SliceWrapper,
    backward_references::{AnyHasher, BrotliEncoderParams, UnionHasher},
    command::Command,
    encode::{BrotliEncoderDestroyInstance, BrotliEncoderOperation, BrotliEncoderStateStruct},
};
use std::{io, mem};

/// Up to here the hash table takes 2 MiB or less and is kept for the next
/// output; from 7 on it takes 8 to 32 MiB.
const LAST_LEVEL_TO_KEEP_TABLES: i32 = 6;
/// What the encoder sets its tables and window by.
#[derive(Clone, Copy)]
pub(super) struct Size {
    window_log: i32,
    hint: usize,
}

impl Size {
    /// From 1 MiB on the crate chooses larger tables, from 4 MiB on others again.
    /// One size of them serves all inputs but those known to be large.
    const USUAL_HINT: usize = (1 << 20) - 1;
    const LARGE_HINT: usize = (1 << 22) + 1;

    /// A window that holds `len` bytes, up to the crate's usual one.
    pub(super) fn of_complete(len: usize) -> Self {
        let window_log = (17..22).find(|log| len <= (1 << log) - 16).unwrap_or(22);
        Self {
            window_log,
            hint: Self::USUAL_HINT,
        }
    }

    pub(super) fn of_stream(window: Window, level: i32) -> Self {
        let window_log = match window {
            // The crate takes, from level 5 on, a hash table of 32 MiB for a
            // window below 17.
            Window::Small if level < 5 => 16,
            Window::Small => 17,
            // With the tables that go with it, 4 MiB of window find no more than
            // this, and twice the window is allocated.
            Window::Full => 20,
            Window::Large => 22,
        };
        let hint = match window {
            Window::Large => Self::LARGE_HINT,
            _ => Self::USUAL_HINT,
        };
        Self { window_log, hint }
    }
}

/// The crate cannot reset an encoder, but all parts of one are public: a new one
/// is made around the memory and the hash table of the old.
pub(super) struct Brotli {
    level: i32,
    state: BrotliEncoderStateStruct<Recycler>,
}

impl Brotli {
    pub(super) fn new(level: i32) -> Self {
        Self {
            level,
            state: BrotliEncoderStateStruct::new(Recycler::default()),
        }
    }

    pub(super) fn restart(&mut self, size: Size) {
        let kept = Kept::take(&mut self.state, self.level);
        // This hands the rest of the memory back to the allocator.
        BrotliEncoderDestroyInstance(&mut self.state);
        let memory = mem::take(&mut self.state.m8);
        self.state = BrotliEncoderStateStruct::new(memory);
        self.state.params = BrotliEncoderParams {
            quality: self.level,
            lgwin: size.window_log,
            size_hint: size.hint,
            ..BrotliEncoderParams::default()
        };
        kept.give(&mut self.state);
    }

    /// How much was taken and how much written.
    pub(super) fn step(
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

    pub(super) fn has_more_output(&self) -> bool {
        self.state.has_more_output()
    }

    pub(super) fn is_finished(&self) -> bool {
        self.state.is_finished()
    }
}

/// What the next output takes over as it is: allocating these anew, or even
/// clearing them, is a good part of the work for a small body.
#[derive(Default)]
struct Kept {
    hasher: UnionHasher<Recycler>,
    storage: Cell<u8>,
    commands: Cell<Command>,
}

impl Kept {
    const STORAGE: usize = 256 * 1024;
    /// 1 MiB of commands.
    const COMMANDS: usize = 64 * 1024;

    fn take(state: &mut BrotliEncoderStateStruct<Recycler>, level: i32) -> Self {
        let mut kept = Self::default();
        if level <= LAST_LEVEL_TO_KEEP_TABLES {
            kept.hasher = mem::take(&mut state.hasher_);
        }
        if state.storage_.slice().len() <= Self::STORAGE {
            kept.storage = mem::take(&mut state.storage_);
        }
        if state.commands_.slice().len() <= Self::COMMANDS {
            kept.commands = mem::take(&mut state.commands_);
        }
        kept
    }

    fn give(mut self, state: &mut BrotliEncoderStateStruct<Recycler>) {
        if !matches!(self.hasher, UnionHasher::Uninit) {
            let common = self.hasher.GetHasherCommon();
            // The encoder clears the table when it meets this, or just the part
            // that a short input uses.
            common.is_prepared_ = 0;
            state.params.hasher = common.params;
        }
        state.hasher_ = self.hasher;
        state.storage_size_ = self.storage.slice().len();
        state.storage_ = self.storage;
        state.cmd_alloc_size_ = self.commands.slice().len();
        state.commands_ = self.commands;
    }
}
