use super::codec::{self, Decoder};
use crate::Encoding;
use async_compression::core::util::{PartialBuffer, WriteBuffer};
use bytes::{Buf, Bytes};
use std::io;

/// Encoded bytes that a codec is given at once, which bounds how long one call
/// of it takes.
const MAX_INPUT: usize = 16 * 1024;

/// One coding being taken off: its decoder, and the input that is still to go in.
///
/// The codecs are not trusted to notice where a stream ends. Some answer an
/// early end with a kind word and most leave what comes after it in the input,
/// so the place in the stream is kept here.
pub(super) struct Stage {
    encoding: Encoding,
    decoder: Box<dyn Decoder>,
    input: Bytes,
    place: Place,
    /// The codec filled all of its output, so it may have more to say before
    /// it needs input.
    filled: bool,
    decoded: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Within,
    /// After the end of a complete stream, member or frame.
    AfterEnd,
}

/// What a call of the codec did, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Run {
    pub(super) read: usize,
    pub(super) written: usize,
}

impl Stage {
    /// `None` for a coding that this build does not have.
    pub(super) fn new(encoding: Encoding) -> Option<Self> {
        Some(Self {
            encoding,
            decoder: codec::decoder(encoding)?,
            input: Bytes::new(),
            place: Place::Within,
            filled: false,
            decoded: 0,
        })
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Decoded bytes so far.
    pub(super) fn decoded(&self) -> u64 {
        self.decoded
    }

    /// Whether there is something to do without more input.
    pub(super) fn can_run(&self) -> bool {
        self.filled || !self.input.is_empty()
    }

    /// Whether the input may end here.
    pub(super) fn is_complete(&self) -> bool {
        self.place == Place::AfterEnd && !self.can_run()
    }

    /// Gives the next input, once the last is used up.
    pub(super) fn feed(&mut self, input: Bytes) {
        debug_assert!(!self.can_run(), "input that waits would be lost");
        self.input = input;
    }

    /// Calls the codec once. On an error what it wrote is to be thrown away.
    pub(super) fn run(&mut self, scratch: &mut [u8]) -> io::Result<Run> {
        if self.place == Place::AfterEnd {
            self.decoder.next_member()?;
            self.place = Place::Within;
        }
        let step = self.input.len().min(MAX_INPUT);
        let mut input = PartialBuffer::new(&self.input[..step]);
        let mut output = WriteBuffer::new_initialized(scratch);
        let result = self.decoder.decode(&mut input, &mut output);
        let run = Run {
            read: input.written_len(),
            written: output.written_len(),
        };
        let filled = output.has_no_spare_space();
        self.input.advance(run.read);
        self.decoded += run.written as u64;
        self.filled = false;
        match result {
            Ok(true) => self.place = Place::AfterEnd,
            Ok(false) if run.read == 0 && run.written == 0 && step > 0 => return Err(stuck()),
            Ok(false) => self.filled = filled,
            Err(error) => return Err(error),
        }
        Ok(run)
    }
}

fn stuck() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "the decoder takes no more input and gives no output",
    )
}
