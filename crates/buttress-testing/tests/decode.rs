//! The decoders take what is whole, and nothing else.

use brotli::enc::BrotliEncoderParams;
use buttress_testing::{
    corpus,
    decode::{decode, decode_prefix, decode_with_tool, has_tool},
};
use flate2::Compression;
use std::io::{self, Write};

const ENCODINGS: [&str; 4] = ["gzip", "deflate", "br", "zstd"];

/// Encodes `first`, flushed, and then `second`; gives the length of what the
/// flush had written, and all.
fn encode(encoding: &str, first: &[u8], second: &[u8]) -> (usize, Vec<u8>) {
    fn run<W: Write>(
        mut writer: W,
        len: impl Fn(&W) -> usize,
        parts: [&[u8]; 2],
    ) -> io::Result<(usize, W)> {
        writer.write_all(parts[0])?;
        writer.flush()?;
        let flushed = len(&writer);
        writer.write_all(parts[1])?;
        Ok((flushed, writer))
    }
    let parts = [first, second];
    let level = Compression::default();
    match encoding {
        "gzip" => {
            let writer = flate2::write::GzEncoder::new(Vec::new(), level);
            let (len, writer) = run(writer, |w| w.get_ref().len(), parts).unwrap();
            (len, writer.finish().unwrap())
        }
        "deflate" => {
            let writer = flate2::write::ZlibEncoder::new(Vec::new(), level);
            let (len, writer) = run(writer, |w| w.get_ref().len(), parts).unwrap();
            (len, writer.finish().unwrap())
        }
        "br" => {
            let params = BrotliEncoderParams::default();
            let writer = brotli::CompressorWriter::with_params(Vec::new(), 4096, &params);
            let (len, writer) = run(writer, |w| w.get_ref().len(), parts).unwrap();
            (len, writer.into_inner())
        }
        "zstd" => {
            let writer = zstd::Encoder::new(Vec::new(), 3).unwrap();
            let (len, writer) = run(writer, |w| w.get_ref().len(), parts).unwrap();
            (len, writer.finish().unwrap())
        }
        other => panic!("no encoder for {other}"),
    }
}

#[test]
fn what_was_encoded_is_decoded() {
    for encoding in ENCODINGS {
        for input in [vec![], corpus::json(300), corpus::zeros(1 << 20)] {
            let (_, output) = encode(encoding, &input, b"end");
            let decoded = decode(encoding, &output).unwrap();
            assert_eq!(decoded, [&input[..], b"end"].concat(), "{encoding}");
        }
    }
    assert_eq!(decode("identity", b"abc").unwrap(), b"abc");
}

#[test]
fn layered_encodings_are_undone_from_the_last() {
    let (_, inner) = encode("gzip", b"abc", b"");
    let (_, outer) = encode("br", &inner, b"");
    assert_eq!(decode("gzip, br", &outer).unwrap(), b"abc");
    assert!(decode("br, gzip", &outer).is_err());
}

#[test]
fn every_truncation_is_an_error() {
    for encoding in ENCODINGS {
        let (_, output) = encode(encoding, &corpus::json(10), b"end");
        for len in 0..output.len() {
            assert!(
                decode(encoding, &output[..len]).is_err(),
                "{encoding} {len}"
            );
        }
    }
}

#[test]
fn trailing_garbage_is_an_error() {
    for encoding in ENCODINGS {
        for garbage in [&b"\0"[..], b"x", b"more than a few bytes of it"] {
            let (_, output) = encode(encoding, b"abc", b"def");
            let output = [&output[..], garbage].concat();
            assert!(decode(encoding, &output).is_err(), "{encoding}");
        }
    }
}

#[test]
fn corrupt_input_is_an_error() {
    for encoding in ENCODINGS {
        assert!(
            decode(encoding, &corpus::random(500, 3)).is_err(),
            "{encoding}"
        );
    }
    // Only the checksum is wrong.
    for encoding in ["gzip", "deflate"] {
        let (_, mut output) = encode(encoding, b"abc", b"");
        let at = output.len() - if encoding == "gzip" { 5 } else { 1 };
        output[at] ^= 1;
        assert!(decode(encoding, &output).is_err(), "{encoding}");
    }
    assert!(decode("compress", b"").is_err());
}

#[test]
fn a_zstd_window_that_browsers_refuse_is_an_error() {
    let mut writer = zstd::Encoder::new(Vec::new(), 3).unwrap();
    writer.window_log(24).unwrap();
    writer.write_all(&corpus::random(9 << 20, 1)).unwrap();
    let output = writer.finish().unwrap();
    assert!(decode("zstd", &output).is_err());
    assert!(decode_prefix("zstd", &output).is_err());
}

#[test]
fn what_was_flushed_can_be_read_from_the_prefix() {
    for encoding in ENCODINGS {
        let (flushed, output) = encode(encoding, b"data: tick 0\n\n", b"data: tick 1\n\n");
        let prefix = decode_prefix(encoding, &output[..flushed]).unwrap();
        assert_eq!(prefix, b"data: tick 0\n\n", "{encoding}");
        let all = decode_prefix(encoding, &output).unwrap();
        assert_eq!(all, b"data: tick 0\n\ndata: tick 1\n\n", "{encoding}");
        // Less than was flushed does not hold all of it.
        let less = decode_prefix(encoding, &output[..flushed / 2]).unwrap();
        assert!(less.len() < prefix.len(), "{encoding}");
    }
}

#[test]
fn a_prefix_is_read_to_its_last_flushed_byte() {
    let (head, tail) = (corpus::json(1000), corpus::json(10));
    for encoding in ENCODINGS {
        let (flushed, output) = encode(encoding, &head, &tail);
        let prefix = decode_prefix(encoding, &output[..flushed]).unwrap();
        assert!(prefix == head, "{encoding}: {} bytes", prefix.len());
    }
}

#[test]
fn tools_agree_where_they_are_installed() {
    for encoding in ENCODINGS {
        let (_, output) = encode(encoding, &corpus::json(300), b"");
        let decoded = decode_with_tool(encoding, &output);
        assert_eq!(decoded.is_some(), has_tool(encoding));
        let Some(decoded) = decoded else { continue };
        assert_eq!(decoded.unwrap(), corpus::json(300));
        let cut = decode_with_tool(encoding, &output[..output.len() - 1]);
        assert!(cut.unwrap().is_err(), "{encoding}");
    }
}
