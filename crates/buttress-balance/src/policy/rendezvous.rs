use super::mix;

/// Which of the endpoints with these ids, one or more, has the highest number for this
/// key. When one goes, only its own keys move; when one comes, only those that it gets.
/// The ids look like chance. Without weights all get as much.
pub(crate) fn rendezvous(key: u64, ids: &[u64], weights: Option<&[f64]>) -> usize {
    let key = mix(key);
    let numbers = ids.iter().map(|id| number(key ^ id));
    match weights {
        None => highest(numbers),
        // Each gets a share that is as large as its weight (Schindelhauer and Schomaker).
        Some(weights) => highest(numbers.zip(weights).map(|(number, weight)| {
            let unit = (number as f64 + 0.5) / u64::MAX as f64;
            -weight / unit.min(1.0 - f64::EPSILON).ln()
        })),
    }
}

/// Both halves of a product: one multiplication for each endpoint, and each bit of the
/// seed has a say in all of the number.
fn number(seed: u64) -> u64 {
    let product = u128::from(seed) * u128::from(0x9e37_79b9_7f4a_7c15_u64);
    product as u64 ^ (product >> 64) as u64
}

/// The index of the first of the highest.
fn highest<N: PartialOrd>(mut scores: impl Iterator<Item = N>) -> usize {
    let Some(mut best) = scores.next() else {
        return 0;
    };
    let mut at = 0;
    for (index, score) in scores.enumerate() {
        if score > best {
            (best, at) = (score, index + 1);
        }
    }
    at
}
