//! zstd, by the C library of that name.

use super::{Encoder, Spec, Window, one_shot};
use async_compression::{
    codecs::EncodeV2,
    core::util::{PartialBuffer, WriteBuffer},
};
use std::io;
use zstd_safe::{
    CCtx, CParameter, InBuffer, OutBuffer, ResetDirective,
    zstd_sys::{ZSTD_EndDirective as Directive, ZSTD_ErrorCode},
};

/// 8 MiB: browsers refuse a larger one (RFC 9659).
const MAX_WINDOW_LOG: u32 = 23;
/// The first level whose own window is larger than that.
const FIRST_LARGE_LEVEL: i32 = 20;
/// The tables of these levels are made for windows of 32 to 128 MiB and take up to
/// 640 MiB. These are as long as a window of 8 MiB has a use for.
const MAX_TABLE_LOG: u32 = MAX_WINDOW_LOG;
/// An idle context larger than this is made anew for its next use: from level 7
/// on a stream takes 8 to 110 MB, which are not to be kept for ever.
const KEPT: usize = 6 << 20;

pub(super) struct Stream {
    spec: Spec,
    context: CCtx<'static>,
    unflushed: bool,
    finished: bool,
}

impl Stream {
    pub(super) fn new(spec: Spec) -> io::Result<Self> {
        let mut context = match spec.window {
            Window::Small => context(small_level(spec.level))?,
            Window::Full | Window::Large => context(spec.level)?,
        };
        if spec.window == Window::Small {
            set(&mut context, CParameter::WindowLog(15))?;
            set(&mut context, CParameter::HashLog(14))?;
            set(&mut context, CParameter::ChainLog(12))?;
        }
        Ok(Self {
            spec,
            context,
            unflushed: false,
            finished: false,
        })
    }

    /// `true` when all that the directive asks for is in the output. The size of
    /// the input is never announced: zstd would choose parameters for it that
    /// cost up to five per cent of the output.
    fn step(
        &mut self,
        input: &mut PartialBuffer<&[u8]>,
        output: &mut WriteBuffer<'_>,
        directive: Directive,
    ) -> io::Result<bool> {
        let mut source = InBuffer::around(input.unwritten());
        let mut target = OutBuffer::around(output.initialize_unwritten());
        let left = self
            .context
            .compress_stream2(&mut target, &mut source, directive);
        let (taken, written) = (source.pos(), target.pos());
        input.advance(taken);
        output.advance(written);
        left.map(|left| left == 0).map_err(into_io)
    }

    #[cfg(test)]
    pub(super) fn memory(&self) -> usize {
        self.context.sizeof()
    }
}

impl EncodeV2 for Stream {
    fn encode(
        &mut self,
        input: &mut PartialBuffer<&[u8]>,
        output: &mut WriteBuffer<'_>,
    ) -> io::Result<()> {
        let before = input.written_len();
        self.step(input, output, Directive::ZSTD_e_continue)?;
        self.unflushed |= input.written_len() > before;
        Ok(())
    }

    fn flush(&mut self, output: &mut WriteBuffer<'_>) -> io::Result<bool> {
        if self.unflushed {
            let mut nothing = PartialBuffer::new(&[][..]);
            self.unflushed = !self.step(&mut nothing, output, Directive::ZSTD_e_flush)?;
        }
        Ok(!self.unflushed)
    }

    fn finish(&mut self, output: &mut WriteBuffer<'_>) -> io::Result<bool> {
        // Once more would begin a second frame.
        if !self.finished {
            let mut nothing = PartialBuffer::new(&[][..]);
            self.finished = self.step(&mut nothing, output, Directive::ZSTD_e_end)?;
            self.unflushed &= !self.finished;
        }
        Ok(self.finished)
    }
}

impl Encoder for Stream {
    fn reset(&mut self) -> io::Result<()> {
        if self.context.sizeof() > KEPT {
            *self = Self::new(self.spec)?;
            return Ok(());
        }
        self.unflushed = false;
        self.finished = false;
        self.context
            .reset(ResetDirective::SessionOnly)
            .map(|_| ())
            .map_err(into_io)
    }
}

pub(super) struct Complete(CCtx<'static>);

impl Complete {
    pub(super) fn new(level: i32) -> io::Result<Self> {
        context(level).map(Self)
    }
}

impl one_shot::Codec for Complete {
    fn bound(&mut self, len: usize) -> usize {
        zstd_safe::compress_bound(len)
    }

    fn compress(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Option<usize>> {
        match self.0.compress2(output, input) {
            Ok(written) => Ok(Some(written)),
            Err(code) if is_too_small(code) => Ok(None),
            Err(code) => Err(into_io(code)),
        }
    }
}

/// The level whose strategy a small window works best with.
fn small_level(level: i32) -> i32 {
    match level {
        // The two hash tables of these find far matches, and little in a window
        // of 32 KiB. The next strategy takes two to three times the time (less
        // than gzip's still) and makes 256 KiB of JSON a seventh shorter.
        3 | 4 => 5,
        // Beyond 12 they keep statistics that take 200 kB.
        level => level.min(12),
    }
}

fn context(level: i32) -> io::Result<CCtx<'static>> {
    let mut context = CCtx::try_create().ok_or(io::ErrorKind::OutOfMemory)?;
    set(&mut context, CParameter::CompressionLevel(level))?;
    if level >= FIRST_LARGE_LEVEL {
        set(&mut context, CParameter::WindowLog(MAX_WINDOW_LOG))?;
        set(&mut context, CParameter::HashLog(MAX_TABLE_LOG))?;
        // A tree of matches, with two links for each byte of the window.
        set(&mut context, CParameter::ChainLog(MAX_TABLE_LOG + 1))?;
    }
    Ok(context)
}

fn set(context: &mut CCtx<'static>, parameter: CParameter) -> io::Result<()> {
    context
        .set_parameter(parameter)
        .map(|_| ())
        .map_err(into_io)
}

fn is_too_small(code: usize) -> bool {
    zstd_safe::is_error_kind(code, ZSTD_ErrorCode::ZSTD_error_dstSize_tooSmall)
}

fn into_io(code: usize) -> io::Error {
    io::Error::other(zstd_safe::get_error_name(code))
}
