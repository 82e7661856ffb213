use super::invalid;
use async_compression::{
    codecs::{BrotliDecoder, DecodeV2},
    core::util::{PartialBuffer, WriteBuffer},
};
use std::io;

/// A brotli decoder that refuses the "large window" extension.
///
/// The decoder underneath takes it without being asked, and a stream of a few
/// bytes then makes it reserve a window of up to 1 GiB. It is no part of
/// RFC 7932, which leaves its mark unused: the seven bits that open such a
/// stream (§9.1).
#[derive(Default)]
pub(super) struct Decoder {
    inner: BrotliDecoder,
    started: bool,
}

const LARGE_WINDOW_MARK: u8 = 0b001_0001;

impl super::Decoder for Decoder {
    fn decode(
        &mut self,
        input: &mut PartialBuffer<&[u8]>,
        output: &mut WriteBuffer<'_>,
    ) -> io::Result<bool> {
        if let (false, Some(first)) = (self.started, input.unwritten().first()) {
            if first & 0x7f == LARGE_WINDOW_MARK {
                return Err(invalid("the window is larger than 16 MiB"));
            }
            self.started = true;
        }
        DecodeV2::decode(&mut self.inner, input, output)
    }
}
