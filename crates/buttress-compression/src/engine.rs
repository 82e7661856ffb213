//! One response's encoder with its output and its account.

use crate::{
    Encoding,
    encoder::{Encoder, PooledEncoder},
    meter::Meter,
    once::Recorder,
    padding::Padding,
};
use async_compression::core::util::{PartialBuffer, WriteBuffer};
use bytes::Bytes;
use std::{io, time::Instant};

/// Output taken from the encoder in one call.
const SPACE: usize = 16 * 1024;

pub(crate) struct Engine {
    /// Until the end of the output: then it serves somebody else.
    encoder: Option<PooledEncoder>,
    /// Output that nobody has had yet.
    pub(crate) ready: Vec<u8>,
    padding: Option<Padding>,
    /// Keeps the output too, for the next time.
    recorder: Option<Recorder>,
    pub(crate) meter: Meter,
}

impl Engine {
    pub(crate) fn new(
        encoder: PooledEncoder,
        padding: Option<Padding>,
        recorder: Option<Recorder>,
        meter: Meter,
    ) -> Self {
        Self {
            encoder: Some(encoder),
            ready: Vec::new(),
            padding,
            recorder,
            meter,
        }
    }

    /// Input after which a poll should yield: well below a millisecond's work
    /// at the default levels (zstd is some four times as fast as the others).
    pub(crate) fn input_per_poll(&self) -> usize {
        match self.meter.encoding() {
            Encoding::Zstd => 128 * 1024,
            _ => 32 * 1024,
        }
    }

    /// Encodes the start of `input`; answers how much of it was taken.
    pub(crate) fn encode(&mut self, input: &[u8]) -> io::Result<usize> {
        let mut input = PartialBuffer::new(input);
        let before = self.ready.len();
        self.run(|encoder, output| encoder.encode(&mut input, output))?;
        if input.written_len() == 0 && self.ready.len() == before {
            // Neither input taken nor output made would go on for ever.
            return Err(io::Error::other("encoder makes no progress"));
        }
        Ok(input.written_len())
    }

    /// `true` when all that was encoded is in the output.
    pub(crate) fn flush(&mut self) -> io::Result<bool> {
        self.run(|encoder, output| encoder.flush(output))
    }

    /// `true` when the output is whole.
    pub(crate) fn finish(&mut self) -> io::Result<bool> {
        let finished = self.run(|encoder, output| encoder.finish(output))?;
        if finished {
            self.encoder = None;
            if let Some(recorder) = self.recorder.take() {
                recorder.finish();
            }
            if let Some(padding) = self.padding.take() {
                let before = self.ready.len();
                padding.append_to(&mut self.ready);
                self.meter.add_output(self.ready.len() - before);
            }
            self.meter.complete();
        }
        Ok(finished)
    }

    pub(crate) fn take_ready(&mut self) -> Bytes {
        std::mem::take(&mut self.ready).into()
    }

    fn run<R>(
        &mut self,
        call: impl FnOnce(&mut dyn Encoder, &mut WriteBuffer<'_>) -> io::Result<R>,
    ) -> io::Result<R> {
        let Some(encoder) = self.encoder.as_mut() else {
            return Err(io::Error::other("encoder used after its end"));
        };
        // On the stack: it is needed during this call only, while thousands of
        // streams may be open.
        let mut space = [0; SPACE];
        let mut output = WriteBuffer::new_initialized(&mut space);
        let started = Instant::now();
        let result = call(encoder.get_mut(), &mut output)?;
        self.meter.add_time(started.elapsed());
        let mut written = output.written();
        if let Some(recorder) = self.recorder.as_mut() {
            recorder.write(written);
        }
        let before = self.ready.len();
        if let Some(padding) = self.padding.as_mut() {
            written = padding.splice_header(written, &mut self.ready);
        }
        self.ready.reserve_exact(written.len());
        self.ready.extend_from_slice(written);
        self.meter.add_output(self.ready.len() - before);
        Ok(result)
    }
}
