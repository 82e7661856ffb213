use super::*;
use std::io::Read;

fn decoded_prefix(encoding: Encoding, output: &[u8]) -> Vec<u8> {
    if encoding == Encoding::Br {
        // Its writer, which `decode_prefix` uses, holds decoded bytes back.
        let mut decoded = Vec::new();
        let end = brotli::Decompressor::new(output, 4096).read_to_end(&mut decoded);
        assert!(end.is_err(), "the stream has no end yet");
        return decoded;
    }
    decode::decode_prefix(encoding.as_str(), output).unwrap()
}

proptest! {
    #[test]
    fn any_cutting_with_flushes_in_between_decodes_to_the_input(plan in Plan::any()) {
        if let Some(spec) = plan.spec() {
            let output = plan.run(&mut *spec.new_encoder().unwrap());
            prop_assert!(decoded(spec.encoding, &output) == plan.body, "{spec:?}");
        }
    }

    #[test]
    fn what_was_flushed_can_be_decoded_before_the_end(plan in Plan::any()) {
        if let Some(spec) = plan.spec() {
            let mut encoder = spec.new_encoder().unwrap();
            let mut output = Vec::new();
            plan.feed(&mut *encoder, &mut output);
            flush(&mut *encoder, plan.room, &mut output);
            let prefix = decoded_prefix(spec.encoding, &output);
            prop_assert!(prefix == plan.body, "{spec:?}");
        }
    }

    #[test]
    fn after_an_abort_the_output_is_that_of_a_new_encoder(
        aborted in Plan::any(),
        next in Plan::any(),
        flushed in any::<bool>(),
        finished in any::<bool>(),
    ) {
        if let Some(spec) = next.spec() {
            let mut encoder = spec.new_encoder().unwrap();
            let mut dropped = Vec::new();
            aborted.feed(&mut *encoder, &mut dropped);
            if flushed {
                flush(&mut *encoder, aborted.room, &mut dropped);
            }
            if finished {
                finish(&mut *encoder, aborted.room, &mut dropped);
            }
            encoder.reset().unwrap();
            let again = next.run(&mut *encoder);
            let fresh = next.run(&mut *spec.new_encoder().unwrap());
            prop_assert!(again == fresh, "{spec:?}");
        }
    }
}

#[test]
fn an_abort_in_the_middle_of_a_flush_leaves_nothing_behind() {
    for spec in specs() {
        let mut encoder = spec.new_encoder().unwrap();
        let mut space = [0; 20];
        let noise = corpus::random(1000, 1);
        encode(&mut *encoder, &noise, 20, &mut Vec::new());
        let mut output = WriteBuffer::new_initialized(&mut space);
        assert!(!encoder.flush(&mut output).unwrap(), "{spec:?}");
        encoder.reset().unwrap();
        let plan = |encoder: &mut dyn Encoder| {
            let mut output = Vec::new();
            encode(encoder, &corpus::json(50), 5000, &mut output);
            finish(encoder, 5000, &mut output);
            output
        };
        let again = plan(&mut *encoder);
        assert!(again == plan(&mut *spec.new_encoder().unwrap()), "{spec:?}");
    }
}

#[test]
fn streams_longer_than_any_block_or_window_decode_to_the_input() {
    let body = [text(350_000), corpus::random(150_000, 4)].concat();
    for spec in specs().into_iter().filter(|s| s.level <= 6) {
        let mut encoder = spec.new_encoder().unwrap();
        let mut output = Vec::new();
        encode(&mut *encoder, &body, 16_384, &mut output);
        finish(&mut *encoder, 16_384, &mut output);
        assert!(decoded(spec.encoding, &output) == body, "{spec:?}");
    }
}

#[test]
fn input_in_the_middle_of_a_flush_is_not_lost() {
    for spec in specs() {
        let mut encoder = spec.new_encoder().unwrap();
        for more in [&b"and more"[..], b""] {
            let (noise, mut output) = (corpus::random(3000, 2), Vec::new());
            encode(&mut *encoder, &noise, 100, &mut output);
            let mut space = [0; 100];
            let mut target = WriteBuffer::new_initialized(&mut space);
            assert!(!encoder.flush(&mut target).unwrap(), "{spec:?}");
            output.extend_from_slice(target.written());
            encode(&mut *encoder, more, 100, &mut output);
            finish(&mut *encoder, 100, &mut output);
            let expected = [&noise[..], more].concat();
            assert!(decoded(spec.encoding, &output) == expected, "{spec:?}");
            encoder.reset().unwrap();
        }
    }
}

#[test]
fn a_flush_without_new_input_writes_nothing() {
    for spec in specs() {
        let mut encoder = spec.new_encoder().unwrap();
        let mut output = Vec::new();
        flush(&mut *encoder, 1000, &mut output);
        assert!(output.is_empty(), "{spec:?}: before any input");
        encode(&mut *encoder, b"an event", 1000, &mut output);
        flush(&mut *encoder, 1000, &mut output);
        let len = output.len();
        for _ in 0..3 {
            flush(&mut *encoder, 1000, &mut output);
        }
        assert_eq!(output.len(), len, "{spec:?}: a second time");
        finish(&mut *encoder, 1000, &mut output);
        assert_eq!(decoded(spec.encoding, &output), b"an event");
        let len = output.len();
        flush(&mut *encoder, 1000, &mut output);
        finish(&mut *encoder, 1000, &mut output);
        assert_eq!(output.len(), len, "{spec:?}: after the end");
    }
}

#[test]
fn the_output_of_no_input_is_valid() {
    for spec in specs() {
        let mut output = Vec::new();
        finish(&mut *spec.new_encoder().unwrap(), 1000, &mut output);
        assert!(!output.is_empty());
        assert_eq!(decoded(spec.encoding, &output), b"", "{spec:?}");
    }
}

#[test]
fn command_line_tools_decode_the_output() {
    let body = corpus::html(70_000);
    for spec in specs() {
        let mut output = Vec::new();
        let mut encoder = spec.new_encoder().unwrap();
        encode(&mut *encoder, &body, 4000, &mut output);
        finish(&mut *encoder, 4000, &mut output);
        if let Some(decoded) = decode::decode_with_tool(spec.encoding.as_str(), &output) {
            assert!(decoded.unwrap() == body, "{spec:?}");
        }
    }
}

/// RFC 9659: a window above 8 MiB need not be supported, and browsers do not.
#[cfg(feature = "zstd")]
#[test]
fn no_level_of_zstd_asks_for_a_window_above_8_mib() {
    for level in [3, 19, 20, 22] {
        for window in [Window::Full, Window::Small] {
            let spec = Spec {
                encoding: Encoding::Zstd,
                level,
                window,
            };
            let mut output = Vec::new();
            let mut encoder = spec.new_encoder().unwrap();
            encode(&mut *encoder, b"some input", 1000, &mut output);
            flush(&mut *encoder, 1000, &mut output);
            assert_eq!(output[4] & 0x20, 0, "a frame of one segment has no window");
            // RFC 8878, section 3.1.1.1.2.
            let (exponent, mantissa) = (output[5] >> 3, u64::from(output[5] & 7));
            let base = 1_u64 << (10 + exponent);
            let size = base + base / 8 * mantissa;
            assert!(size <= 8 << 20, "{spec:?}: {size}");
        }
    }
}
