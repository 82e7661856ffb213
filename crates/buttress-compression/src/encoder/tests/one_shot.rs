use super::*;
use crate::encoder::one_shot_limit;

fn spec(encoding: Encoding, level: i32) -> Spec {
    Spec {
        encoding,
        level,
        window: Window::Full,
    }
}

fn all() -> impl Iterator<Item = Spec> {
    encodings().flat_map(|e| levels(e).iter().map(move |&level| spec(e, level)))
}

proptest! {
    #[test]
    fn a_used_encoder_writes_what_a_new_one_does(
        which in any::<Index>(),
        first in body(),
        second in body(),
        room in 0..5000_usize,
    ) {
        let specs: Vec<Spec> = all().collect();
        if !specs.is_empty() {
            let spec = *which.get(&specs);
            let pool = EncoderPool::new(1);
            pool.compress(spec, &first, usize::MAX).unwrap();
            // Often too little: what fails must leave nothing behind either.
            pool.compress(spec, &first, room).unwrap();
            let again = pool.compress(spec, &second, usize::MAX).unwrap().unwrap();
            let fresh = EncoderPool::new(0).compress(spec, &second, usize::MAX).unwrap();
            prop_assert!(again == fresh.unwrap(), "{spec:?}");
            prop_assert!(decoded(spec.encoding, &again) == second, "{spec:?}");
        }
    }
}

#[test]
fn an_output_is_never_longer_than_allowed() {
    let body = corpus::json(200);
    for spec in all() {
        let pool = EncoderPool::new(1);
        let whole = pool.compress(spec, &body, usize::MAX).unwrap().unwrap();
        for max_len in [0, 1, 20, whole.len() / 2, whole.len() - 1] {
            let output = pool.compress(spec, &body, max_len).unwrap();
            assert!(output.is_none(), "{spec:?}: {max_len}");
        }
        // Codecs may want a few bytes of room that they do not use in the end.
        let max_len = whole.len() + 64;
        let output = pool.compress(spec, &body, max_len).unwrap();
        assert!(output.unwrap() == whole, "{spec:?}");
    }
}

#[test]
fn what_does_not_shrink_is_given_up() {
    let noise = corpus::random(60_000, 3);
    for spec in all() {
        let pool = EncoderPool::new(1);
        assert!(pool.compress(spec, &noise, 57_000).unwrap().is_none());
        let whole = pool.compress(spec, &noise, usize::MAX).unwrap().unwrap();
        assert!(decoded(spec.encoding, &whole) == noise, "{spec:?}");
    }
}

#[test]
fn bodies_of_the_limit_and_beyond_it_are_encoded() {
    for encoding in encodings() {
        let spec = spec(encoding, levels(encoding)[1]);
        let pool = EncoderPool::new(1);
        for len in [one_shot_limit(encoding), 600_000] {
            let body = text(len);
            let output = pool.compress(spec, &body, usize::MAX).unwrap().unwrap();
            assert!(decoded(encoding, &output) == body, "{spec:?}");
        }
    }
}

#[test]
fn what_is_not_compiled_is_refused() {
    let pool = EncoderPool::new(1);
    let error = pool
        .compress(spec(Encoding::Identity, 0), b"body", usize::MAX)
        .unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::Unsupported);
}
