use super::Decoder;
use async_compression::{
    codecs::{DecodeV2, ZstdDecoder},
    core::util::{PartialBuffer, WriteBuffer},
    zstd::DParameter,
};
use std::io;

/// 8 MiB, the most that a sender may ask for (RFC 9659 §3).
const MAX_WINDOW_LOG: u32 = 23;

pub(super) fn decoder() -> ZstdDecoder {
    ZstdDecoder::new_with_params(&[DParameter::window_log_max(MAX_WINDOW_LOG)])
}

impl Decoder for ZstdDecoder {
    fn decode(
        &mut self,
        input: &mut PartialBuffer<&[u8]>,
        output: &mut WriteBuffer<'_>,
    ) -> io::Result<bool> {
        DecodeV2::decode(self, input, output)
    }

    fn next_member(&mut self) -> io::Result<()> {
        DecodeV2::reinit(self)
    }
}
