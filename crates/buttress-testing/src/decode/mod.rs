//! Decoders that share no code with the encoders under test, and are strict
//! where those of browsers are: a truncated stream is an error, and so is
//! anything that follows it.

mod prefix;
mod tool;

pub use prefix::decode_prefix;
pub use tool::{decode_with_tool, has_tool};

use flate2::{Decompress, FlushDecompress, Status, bufread::GzDecoder};
use std::io::{self, Read, Write};

/// RFC 9659: browsers refuse a zstd window above 8 MiB.
const ZSTD_WINDOW_LOG: u32 = 23;

/// Undoes one content coding, or several listed as in `Content-Encoding`.
///
/// # Errors
///
/// If `encoding` is not known, or `input` is corrupt, ends too early or goes on
/// after the end of the stream.
pub fn decode(encoding: &str, input: &[u8]) -> io::Result<Vec<u8>> {
    encoding
        .rsplit(',')
        .map(str::trim)
        .try_fold(input.to_vec(), |input, token| decode_one(token, &input))
}

fn decode_one(encoding: &str, input: &[u8]) -> io::Result<Vec<u8>> {
    match encoding {
        "identity" => Ok(input.to_vec()),
        "gzip" => gzip(input),
        "deflate" => zlib(input),
        "br" => brotli(input),
        "zstd" => zstd(input),
        _ => Err(unknown(encoding)),
    }
}

fn gzip(input: &[u8]) -> io::Result<Vec<u8>> {
    let mut decoder = GzDecoder::new(input);
    let mut output = Vec::new();
    decoder.read_to_end(&mut output)?;
    // RFC 1952 allows more members, but we never write a second one and some
    // clients drop it.
    no_garbage(decoder.into_inner().len())?;
    Ok(output)
}

// The reader of flate2 takes a truncated zlib stream for a complete one, so
// drive the decompressor by hand.
fn zlib(input: &[u8]) -> io::Result<Vec<u8>> {
    let mut decompress = Decompress::new(true);
    let mut output = Vec::with_capacity(4096);
    loop {
        output.reserve(4096);
        let consumed = usize::try_from(decompress.total_in()).map_err(io::Error::other)?;
        let before = (consumed, output.len());
        let rest = &input[consumed..];
        let status = decompress.decompress_vec(rest, &mut output, FlushDecompress::None)?;
        let consumed = usize::try_from(decompress.total_in()).map_err(io::Error::other)?;
        if status == Status::StreamEnd {
            no_garbage(input.len() - consumed)?;
            return Ok(output);
        }
        if before == (consumed, output.len()) {
            return Err(truncated());
        }
    }
}

fn brotli(input: &[u8]) -> io::Result<Vec<u8>> {
    let mut writer = brotli::DecompressorWriter::new(Vec::new(), 4096);
    // The writer stops at the end of its stream and says how far it got.
    let consumed = writer.write(input)?;
    no_garbage(input.len() - consumed)?;
    writer.into_inner().map_err(|_| truncated())
}

fn zstd(input: &[u8]) -> io::Result<Vec<u8>> {
    if input.is_empty() {
        return Err(truncated());
    }
    // Several frames are one body (RFC 8878 §3), so this decoder goes on after
    // a frame and refuses what is not one.
    let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG)?;
    let mut output = Vec::new();
    decoder.read_to_end(&mut output)?;
    Ok(output)
}

fn no_garbage(rest: usize) -> io::Result<()> {
    if rest == 0 {
        return Ok(());
    }
    let text = format!("{rest} bytes follow the end of the stream");
    Err(io::Error::new(io::ErrorKind::InvalidData, text))
}

fn truncated() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the stream is cut off")
}

fn unknown(encoding: &str) -> io::Error {
    let text = format!("no decoder for {encoding:?}");
    io::Error::new(io::ErrorKind::Unsupported, text)
}
