use super::*;
use std::{panic, sync::Arc};

fn default(encoding: Encoding) -> Spec {
    Spec {
        encoding,
        level: crate::encoder::default_level(encoding),
        window: Window::Full,
    }
}

#[test]
fn a_stream_that_ends_or_is_dropped_gives_its_encoder_to_the_next() {
    for encoding in encodings() {
        let pool = Arc::new(EncoderPool::new(4));
        for end in [true, false] {
            let mut encoder = pool.stream(default(encoding)).unwrap();
            encode(encoder.get_mut(), &corpus::json(300), 4000, &mut Vec::new());
            if end {
                finish(encoder.get_mut(), 4000, &mut Vec::new());
            }
            assert_eq!(pool.idle(), (0, 0));
            drop(encoder);
            assert_eq!(pool.idle(), (1, 0));
        }
    }
}

#[test]
fn an_encoder_serves_only_what_it_was_made_for() {
    let pool = Arc::new(EncoderPool::new(100));
    for spec in specs() {
        drop(pool.stream(spec).unwrap());
    }
    assert_eq!(pool.idle().0, specs().len());
    for spec in specs() {
        let mut encoder = pool.stream(spec).unwrap();
        let mut output = Vec::new();
        encode(encoder.get_mut(), b"some input", 1000, &mut output);
        finish(encoder.get_mut(), 1000, &mut output);
        assert_eq!(decoded(spec.encoding, &output), b"some input", "{spec:?}");
    }
}

#[test]
fn no_more_are_kept_than_was_said() {
    for max in 0..3 {
        let pool = Arc::new(EncoderPool::new(max));
        let kept = max.min(specs().len());
        let open: Vec<_> = specs().iter().map(|&s| pool.stream(s).unwrap()).collect();
        drop(open);
        for spec in specs() {
            pool.compress(spec, b"body", usize::MAX).unwrap();
        }
        assert_eq!(pool.idle(), (kept, kept));
    }
}

#[test]
fn a_level_out_of_range_counts_as_the_nearest() {
    let pool = Arc::new(EncoderPool::new(4));
    for encoding in encodings() {
        for level in [i32::MIN, -1, 23, i32::MAX] {
            let spec = Spec {
                level,
                window: Window::Small,
                ..default(encoding)
            };
            let output = pool.compress(spec, b"body", usize::MAX).unwrap().unwrap();
            assert_eq!(decoded(encoding, &output), b"body");
            let mut output = Vec::new();
            finish(pool.stream(spec).unwrap().get_mut(), 100, &mut output);
            assert_eq!(decoded(encoding, &output), b"");
        }
    }
}

#[test]
fn an_encoder_that_was_on_loan_during_a_panic_is_not_used_again() {
    for encoding in encodings() {
        let pool = Arc::new(EncoderPool::new(4));
        let mut encoder = pool.stream(default(encoding)).unwrap();
        let panicked = panic::catch_unwind(panic::AssertUnwindSafe(move || {
            encode(encoder.get_mut(), b"some input", 1000, &mut Vec::new());
            panic::resume_unwind(Box::new("a panic"));
        }));
        assert!(panicked.is_err());
        assert_eq!(pool.idle(), (0, 0));
    }
}
