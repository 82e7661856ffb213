//! Which of the endpoints that are well gets a request. All of it is pure: what an
//! endpoint is like is asked of a function, and chance is an argument.

mod least;
mod p2c;
mod rendezvous;
mod weighted;

pub(crate) use least::least;
pub(crate) use p2c::p2c;
pub(crate) use rendezvous::{Classes, rendezvous};
pub(crate) use weighted::Smooth;

/// How an endpoint is chosen.
///
/// Requests of a [sticky](crate::Sticky) client go where they went before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Policy {
    /// Of two by chance that which will have answered sooner: by what it has in flight
    /// and how long it took of late, where a slow answer counts at once. The default.
    #[default]
    PeakEwma,
    /// That which has the least in flight, for its weight.
    LeastPending,
    /// One after the other. Weights do not count.
    RoundRobin,
    /// Each as often as its weight says, and as evenly spread as can be.
    Weighted,
}

/// A number that looks like chance, of one that does not.
pub(crate) fn mix(seed: u64) -> u64 {
    let seed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let seed = (seed ^ (seed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    seed ^ (seed >> 31)
}

/// A number below `bound`, which is not zero.
pub(crate) fn below(random: u32, bound: usize) -> usize {
    ((u64::from(random) * bound as u64) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_picks_one_that_is_there(
            loads in prop::collection::vec(0.0f64..1e9, 1..150),
            random: u64,
            start: usize,
        ) {
            let count = loads.len();
            let two = p2c(count, random, |it| loads[it]);
            prop_assert!(two < count);
            let best = least(&loads, start, |load| *load);
            prop_assert!(loads.iter().all(|load| loads[best] <= *load));
            let ids: Vec<_> = (0..count as u64).map(mix).collect();
            let weights: Vec<_> = loads.iter().map(|load| load + 1.0).collect();
            prop_assert!(rendezvous(random, &ids, &Classes::of(&weights)) < count);
            // The worst of all wins no comparison.
            let worst = (0..count).max_by(|a, b| loads[*a].total_cmp(&loads[*b])).unwrap();
            let is_alone = loads.iter().filter(|it| **it == loads[worst]).count() == 1;
            prop_assert!(count == 1 || !is_alone || two != worst);
        }

        /// Only the keys of the one that goes move.
        #[test]
        fn rendezvous_moves_what_it_must(
            keys in prop::collection::vec(any::<u64>(), 1..100),
            weights in prop::collection::vec(1u32..5, 2..20),
            gone: prop::sample::Index,
        ) {
            let count = weights.len();
            let gone = gone.index(count);
            let rest: Vec<_> = (0..count).filter(|it| *it != gone).collect();
            let weights: Vec<_> = weights.into_iter().map(f64::from).collect();
            // A name is spread before it gets here.
            let ids: Vec<_> = (1..=count as u64).map(mix).collect();
            for key in keys {
                let of = |them: &[usize]| {
                    let ids: Vec<_> = them.iter().map(|it| ids[*it]).collect();
                    let weights: Vec<_> = them.iter().map(|it| weights[*it]).collect();
                    them[rendezvous(key, &ids, &Classes::of(&weights))]
                };
                let before = of(&(0..count).collect::<Vec<_>>());
                if before != gone {
                    prop_assert_eq!(of(&rest), before);
                }
            }
        }

        /// After as many turns as the weights sum up to, each had its share.
        #[test]
        fn weighted_turns_are_exact(weights in prop::collection::vec(1u32..9, 1..12)) {
            let mut smooth = Smooth::new(weights.len());
            let mut turns = vec![0; weights.len()];
            let shares: Vec<_> = weights.iter().copied().map(f64::from).collect();
            for _ in 0..weights.iter().sum() {
                turns[smooth.next(&shares, shares.iter().sum())] += 1;
            }
            prop_assert_eq!(turns, weights);
        }
    }

    #[test]
    fn keys_are_shared_out_by_weight() {
        let ids = [7, 8, 9].map(mix);
        for (weights, shares) in [
            ([1.0, 2.0, 5.0], [1_000.0, 2_000.0, 5_000.0]),
            ([3.0, 3.0, 2.0], [3_000.0, 3_000.0, 2_000.0]),
            ([2.0; 3], [8_000.0 / 3.0; 3]),
        ] {
            let mut counts = [0; 3];
            // As they come: numbers of users, say.
            for key in 0..8_000 {
                counts[rendezvous(key, &ids, &Classes::of(&weights))] += 1;
            }
            for (count, expected) in counts.iter().zip(shares) {
                assert!((f64::from(*count) - expected).abs() < 150.0, "{counts:?}");
            }
        }
    }

    #[test]
    fn two_by_chance_are_all_of_them() {
        let mut counts = [0; 10];
        for seed in 0..10_000 {
            counts[p2c(10, mix(seed), |_| 1.0)] += 1;
        }
        assert!(
            counts.iter().all(|count| (850..1_150).contains(count)),
            "{counts:?}"
        );
    }
}
