use super::mix;

/// That of `count`, which is not zero, which has the highest number for this key. When
/// one goes, only its own keys move; when one comes, only those that it gets.
pub(crate) fn rendezvous(
    key: u64,
    count: usize,
    id: impl Fn(usize) -> u64,
    weight: impl Fn(usize) -> f64,
) -> usize {
    let first = weight(0);
    let number = |index: usize| mix(key ^ id(index));
    if (1..count).all(|index| weight(index) == first) {
        return highest(count, number);
    }
    // Each gets a share that is as large as its weight (Schindelhauer and Schomaker).
    highest(count, |index| {
        let unit = (number(index) as f64 + 0.5) / u64::MAX as f64;
        -weight(index) / unit.min(1.0 - f64::EPSILON).ln()
    })
}

fn highest<N: PartialOrd>(count: usize, score: impl Fn(usize) -> N) -> usize {
    let mut best = (0, score(0));
    for index in 1..count {
        let score = score(index);
        if score > best.1 {
            best = (index, score);
        }
    }
    best.0
}
