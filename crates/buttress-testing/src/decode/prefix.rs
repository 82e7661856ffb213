use super::{ZSTD_WINDOW_LOG, decode_one, unknown};
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState, enc::StandardAlloc};
use flate2::write::{GzDecoder, ZlibDecoder};
use std::io::{self, Write};

/// What a client can read from the beginning of a stream whose rest has not
/// come yet: all that the encoder flushed.
///
/// # Errors
///
/// If `encoding` is not known or `input` is corrupt as far as it goes.
pub fn decode_prefix(encoding: &str, input: &[u8]) -> io::Result<Vec<u8>> {
    match encoding {
        "identity" => decode_one(encoding, input),
        "gzip" => {
            let mut writer = GzDecoder::new(Vec::new());
            feed(&mut writer, input)?;
            Ok(writer.get_ref().clone())
        }
        "deflate" => {
            let mut writer = ZlibDecoder::new(Vec::new());
            feed(&mut writer, input)?;
            Ok(writer.get_ref().clone())
        }
        "br" => decode_brotli_prefix(input),
        "zstd" => {
            let mut writer = zstd::stream::write::Decoder::new(Vec::new())?;
            writer.window_log_max(ZSTD_WINDOW_LOG)?;
            feed(&mut writer, input)?;
            Ok(writer.get_ref().clone())
        }
        _ => Err(unknown(encoding)),
    }
}

fn feed(writer: &mut impl Write, input: &[u8]) -> io::Result<()> {
    writer.write_all(input)?;
    writer.flush()
}

/// By the decoder's own call: its writer holds back what its buffer has no room
/// for, and its reader takes a missing rest for corrupt data.
fn decode_brotli_prefix(input: &[u8]) -> io::Result<Vec<u8>> {
    let alloc = StandardAlloc::default;
    let mut state = BrotliState::new(alloc(), alloc(), alloc());
    let (mut left, mut read, mut total) = (input.len(), 0, 0);
    let mut decoded = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let (mut room, mut written) = (piece.len(), 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut read,
            input,
            &mut room,
            &mut written,
            &mut piece,
            &mut total,
            &mut state,
        );
        decoded.extend_from_slice(&piece[..written]);
        match result {
            BrotliResult::NeedsMoreOutput => {}
            // It may hold more all the same, as long as it fills the room.
            BrotliResult::NeedsMoreInput if room == 0 => {}
            BrotliResult::NeedsMoreInput | BrotliResult::ResultSuccess => return Ok(decoded),
            BrotliResult::ResultFailure => return Err(io::ErrorKind::InvalidData.into()),
        }
    }
}
