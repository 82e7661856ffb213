use super::inflate::{self, Wrapper};
use async_compression::core::util::{PartialBuffer, WriteBuffer};
use std::io;

/// A decoder of `deflate` that takes raw DEFLATE too, which RFC 9110 §8.4.1.2
/// names as a mistake that senders make.
#[derive(Default)]
pub(super) struct Decoder {
    first: Option<u8>,
    /// Known from the second byte on.
    inner: Option<inflate::Decoder>,
}

impl super::Decoder for Decoder {
    fn decode(
        &mut self,
        input: &mut PartialBuffer<&[u8]>,
        output: &mut WriteBuffer<'_>,
    ) -> io::Result<bool> {
        match self.sniff(input, output)? {
            Some(inner) => super::Decoder::decode(inner, input, output),
            None => Ok(false),
        }
    }
}

impl Decoder {
    /// Takes the first byte and looks at the second.
    fn sniff(
        &mut self,
        input: &mut PartialBuffer<&[u8]>,
        output: &mut WriteBuffer<'_>,
    ) -> io::Result<Option<&mut inflate::Decoder>> {
        if self.first.is_none() {
            self.first = input.unwritten().first().copied();
            input.advance(usize::from(self.first.is_some()));
        }
        if let (None, Some(first), Some(&second)) =
            (&self.inner, self.first, input.unwritten().first())
        {
            let inner = self
                .inner
                .insert(inflate::Decoder::new(sniffed(first, second)));
            // A single byte ends no stream and yields no output.
            super::Decoder::decode(inner, &mut PartialBuffer::new(&[first]), output)?;
        }
        Ok(self.inner.as_mut())
    }
}

/// A zlib header has the method 8 in the low half of its first byte, a window
/// of at most 7 in the other, and is a multiple of 31 as a whole (RFC 1950
/// §2.2). A raw stream could only begin like that with a stored block whose
/// padding bits are not zero, which no encoder writes.
fn sniffed(first: u8, second: u8) -> Wrapper {
    let header = u16::from_be_bytes([first, second]);
    if first & 0x0f == 8 && first >> 4 <= 7 && header % 31 == 0 {
        Wrapper::Zlib
    } else {
        Wrapper::None
    }
}

#[cfg(test)]
mod tests {
    use super::{Wrapper, sniffed};

    #[test]
    fn each_window_and_level_of_zlib_is_known() {
        for window in 0..=7_u8 {
            for level in 0..=3_u8 {
                let first = window << 4 | 8;
                let flags = level << 6;
                let check = (31 - u16::from_be_bytes([first, flags]) % 31) % 31;
                assert_eq!(sniffed(first, flags | check as u8), Wrapper::Zlib);
            }
        }
    }

    #[test]
    fn no_start_of_a_fixed_or_dynamic_block_is_taken_for_zlib() {
        // The lowest three bits: is it the last block, and its type.
        for first in (0..=255_u8).filter(|first| first & 0b110 != 0) {
            assert!((0..=255).all(|second| sniffed(first, second) == Wrapper::None));
        }
    }
}
