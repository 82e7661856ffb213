use async_compression::{
    codecs::{DecodeV2, DeflateDecoder, ZlibDecoder},
    core::util::{PartialBuffer, WriteBuffer},
};
use std::io;

/// A decoder of `deflate` that takes raw DEFLATE too, which RFC 9110 §8.4.1.2
/// names as a mistake that senders make.
///
/// The first two bytes tell. A zlib header has the method 8 in the low half of
/// the first and is a multiple of 31 as a whole (RFC 1950 §2.2). A raw stream
/// could only begin like that with a stored block whose padding bits are not
/// zero, which no encoder writes.
#[derive(Default)]
pub(super) struct Decoder {
    state: State,
}

enum State {
    Sniffing { first: Option<u8> },
    Zlib(ZlibDecoder),
    Raw(DeflateDecoder),
}

impl Default for State {
    fn default() -> Self {
        Self::Sniffing { first: None }
    }
}

impl State {
    fn sniffed(first: u8, second: u8) -> Self {
        let header = u16::from_be_bytes([first, second]);
        if first & 0x0f == 8 && first >> 4 <= 7 && header % 31 == 0 {
            Self::Zlib(ZlibDecoder::new())
        } else {
            Self::Raw(DeflateDecoder::new())
        }
    }

    fn decoder(&mut self) -> Option<&mut dyn DecodeV2> {
        match self {
            Self::Sniffing { .. } => None,
            Self::Zlib(decoder) => Some(decoder),
            Self::Raw(decoder) => Some(decoder),
        }
    }
}

impl Decoder {
    /// Takes the first byte and looks at the second; the format is known when
    /// this answers the decoder.
    fn sniff(
        &mut self,
        input: &mut PartialBuffer<&[u8]>,
        output: &mut WriteBuffer<'_>,
    ) -> io::Result<Option<&mut dyn DecodeV2>> {
        if let State::Sniffing { first } = &mut self.state {
            if first.is_none() {
                *first = input.unwritten().first().copied();
                input.advance(usize::from(first.is_some()));
            }
            let (Some(first), Some(&second)) = (*first, input.unwritten().first()) else {
                return Ok(None);
            };
            self.state = State::sniffed(first, second);
            if let Some(decoder) = self.state.decoder() {
                // A single byte ends no stream and yields no output.
                decoder.decode(&mut PartialBuffer::new(&[first]), output)?;
            }
        }
        Ok(self.state.decoder())
    }
}

impl DecodeV2 for Decoder {
    fn reinit(&mut self) -> io::Result<()> {
        self.state = State::default();
        Ok(())
    }

    fn decode(
        &mut self,
        input: &mut PartialBuffer<&[u8]>,
        output: &mut WriteBuffer<'_>,
    ) -> io::Result<bool> {
        match self.sniff(input, output)? {
            Some(decoder) => decoder.decode(input, output),
            None => Ok(false),
        }
    }

    fn flush(&mut self, output: &mut WriteBuffer<'_>) -> io::Result<bool> {
        match self.state.decoder() {
            Some(decoder) => decoder.flush(output),
            None => Ok(true),
        }
    }

    fn finish(&mut self, output: &mut WriteBuffer<'_>) -> io::Result<bool> {
        match self.state.decoder() {
            Some(decoder) => decoder.finish(output),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::State;

    fn is_zlib(first: u8, second: u8) -> bool {
        matches!(State::sniffed(first, second), State::Zlib(_))
    }

    #[test]
    fn each_window_and_level_of_zlib_is_known() {
        for window in 0..=7_u8 {
            for level in 0..=3_u8 {
                let first = window << 4 | 8;
                let flags = level << 6;
                let check = (31 - u16::from_be_bytes([first, flags]) % 31) % 31;
                assert!(is_zlib(first, flags | check as u8), "{first:x}, {level}");
            }
        }
    }

    #[test]
    fn no_start_of_a_fixed_or_dynamic_block_is_taken_for_zlib() {
        // The lowest three bits: is it the last block, and its type.
        for first in (0..=255_u8).filter(|first| first & 0b110 != 0) {
            assert!((0..=255).all(|second| !is_zlib(first, second)));
        }
    }
}
