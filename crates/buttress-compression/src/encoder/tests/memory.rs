//! What encoders hold, and what encoding allocates.

use super::*;
use crate::encoder::default_level;
use buttress_testing::alloc::measure;

/// An event of 300 bytes, sent on.
fn first_event(encoder: &mut dyn Encoder, output: &mut Vec<u8>) {
    encode(encoder, &text(300), 1000, output);
    flush(encoder, 1000, output);
}

fn small(encoding: Encoding, level: i32) -> Spec {
    Spec {
        encoding,
        level,
        window: Window::Small,
    }
}

/// Of codecs written in Rust; C's allocations are not seen here.
fn live_after_an_event(spec: Spec) -> isize {
    let mut output = Vec::with_capacity(10_000);
    let (encoder, counts) = measure(|| {
        let mut encoder = spec.new_encoder().unwrap();
        first_event(&mut *encoder, &mut output);
        encoder
    });
    drop(encoder);
    counts.live()
}

#[test]
fn a_small_stream_of_gzip_or_deflate_holds_200_kb_at_most() {
    for encoding in [Encoding::Gzip, Encoding::Deflate] {
        for level in (1..=9).filter(|_| encoding.is_compiled()) {
            let live = live_after_an_event(small(encoding, level));
            assert!(
                (100_000..=200_000).contains(&live),
                "{encoding} {level}: {live}"
            );
        }
    }
}

#[cfg(feature = "br")]
#[test]
fn a_small_stream_of_br_holds_less_than_a_usual_one() {
    for (level, bound) in [(2, 400_000), (4, 700_000), (5, 1_250_000)] {
        let live = live_after_an_event(small(Encoding::Br, level));
        assert!(live > 100_000 && live <= bound, "{level}: {live}");
    }
}

#[cfg(feature = "zstd")]
#[test]
fn a_small_stream_of_zstd_holds_350_kb_at_most() {
    for level in 1..=22 {
        let spec = small(Encoding::Zstd, level);
        let mut encoder = crate::encoder::zstd::Stream::new(spec).unwrap();
        first_event(&mut encoder, &mut Vec::new());
        let memory = encoder.memory() + std::mem::size_of_val(&encoder);
        assert!((200_000..=350_000).contains(&memory), "{level}: {memory}");
    }
}

/// Levels 20 to 22 are made for windows of up to 128 MiB.
#[cfg(feature = "zstd")]
#[test]
fn a_full_stream_of_zstd_has_bounds_at_every_level_and_keeps_little() {
    for level in 1..=22 {
        let window = Window::Full;
        let spec = Spec {
            window,
            ..small(Encoding::Zstd, level)
        };
        let mut encoder = crate::encoder::zstd::Stream::new(spec).unwrap();
        first_event(&mut encoder, &mut Vec::new());
        let used = encoder.memory();
        assert!(used <= 150_000_000, "{level}: {used}");
        encoder.reset().unwrap();
        let idle = encoder.memory();
        assert!(idle <= 6 << 20, "{level}: {idle}");
    }
}

#[test]
fn a_complete_body_costs_little_more_than_its_output() {
    for encoding in encodings() {
        let spec = Spec {
            encoding,
            level: default_level(encoding),
            window: Window::Full,
        };
        let pool = EncoderPool::new(1);
        for body in [corpus::json(5), corpus::json(40), text(70_000)] {
            let encode = || pool.compress(spec, &body, usize::MAX).unwrap().unwrap();
            drop(encode());
            let (output, counts) = measure(encode);
            // What a larger body takes for its history is not kept.
            let extra = match body.len() {
                ..16_000 => counts.bytes - output.len(),
                _ => 0,
            };
            assert!(counts.allocations <= 6, "{encoding}: {counts:?}");
            assert!(extra <= 2048, "{encoding}: {extra} of {counts:?}");
        }
    }
}

#[cfg(feature = "br")]
#[test]
fn brotli_keeps_a_bounded_amount_of_memory_between_outputs() {
    let spec = |level| Spec {
        encoding: Encoding::Br,
        level,
        window: Window::Full,
    };
    for (level, bound) in [(4, 2_000_000), (5, 2_600_000), (9, 1_500_000)] {
        let mut output = Vec::with_capacity(2_000_000);
        let (encoder, counts) = measure(|| {
            let mut encoder = spec(level).new_encoder().unwrap();
            for seed in 0..3 {
                encode(
                    &mut *encoder,
                    &corpus::random(500_000, seed),
                    4000,
                    &mut output,
                );
                encoder.reset().unwrap();
                output.clear();
            }
            encoder
        });
        drop(encoder);
        assert!(counts.live() <= bound, "{level}: {counts:?}");
    }
}
