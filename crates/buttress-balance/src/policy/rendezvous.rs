use super::mix;
use std::collections::HashMap;

/// Which weights there are, and which of them each endpoint has.
///
/// Of those with one weight the highest number wins, whatever the weight: only between
/// the winners a logarithm decides.
#[derive(Clone, Debug)]
pub(crate) struct Classes {
    of: Box<[usize]>,
    weights: Vec<f64>,
}

impl Classes {
    pub(crate) fn of(weights: &[f64]) -> Self {
        let (mut known, mut distinct) = (HashMap::new(), Vec::new());
        let of = weights.iter().map(|weight| {
            *known.entry(weight.to_bits()).or_insert_with(|| {
                distinct.push(*weight);
                distinct.len() - 1
            })
        });
        Self {
            of: of.collect(),
            weights: distinct,
        }
    }

    /// Whether all have the same.
    pub(crate) fn is_one(&self) -> bool {
        self.weights.len() < 2
    }
}

/// Which of the endpoints with these ids, one or more, has the highest number for this
/// key. When one goes, only its own keys move; when one comes, only those that it gets.
/// The ids look like chance.
pub(crate) fn rendezvous(key: u64, ids: &[u64], classes: &Classes) -> usize {
    let key = mix(key);
    let numbers = ids.iter().map(|id| number(key ^ id)).enumerate();
    if classes.is_one() {
        let mut best = (0, 0);
        for (index, number) in numbers {
            if number > best.1 {
                best = (index, number);
            }
        }
        return best.0;
    }
    let mut winners = vec![(0, 0); classes.weights.len()];
    for ((index, number), class) in numbers.zip(&classes.of) {
        let winner = &mut winners[*class];
        if number > winner.1 {
            *winner = (index, number);
        }
    }
    // Each gets a share that is as large as its weight (Schindelhauer and Schomaker).
    let scores = winners
        .iter()
        .zip(&classes.weights)
        .map(|(winner, weight)| {
            let unit = (winner.1 as f64 + 0.5) / u64::MAX as f64;
            (winner.0, -weight / unit.min(1.0 - f64::EPSILON).ln())
        });
    let best = scores.max_by(|one, other| one.1.total_cmp(&other.1));
    best.map_or(0, |(index, _)| index)
}

/// Both halves of a product: one multiplication for each endpoint, and each bit of the
/// seed has a say in all of the number.
fn number(seed: u64) -> u64 {
    let product = u128::from(seed) * u128::from(0x9e37_79b9_7f4a_7c15_u64);
    product as u64 ^ (product >> 64) as u64
}
