use super::{ZSTD_WINDOW_LOG, decode_one, unknown};
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
        "br" => {
            let mut writer = brotli::DecompressorWriter::new(Vec::new(), 4096);
            feed(&mut writer, input)?;
            Ok(writer.get_ref().clone())
        }
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
