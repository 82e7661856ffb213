//! Measures several contenders in turns, so that whatever else the machine
//! does meets them all.

use crate::{
    Result,
    statistics::{interval, median},
};
use std::time::Duration;

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How many turns each contender gets.
    pub rounds: usize,
    /// CPU time of one turn, at least.
    pub turn: Duration,
}

impl Effort {
    /// For the figures that are kept.
    pub const FULL: Self = Self {
        rounds: 9,
        turn: Duration::from_millis(40),
    };
    /// For trying things out.
    pub const QUICK: Self = Self {
        rounds: 3,
        turn: Duration::from_millis(5),
    };
}

/// Nanoseconds per request, for each contender in each round.
#[derive(Clone, Debug)]
pub struct Rounds(Vec<Vec<f64>>);

/// Asks `run(contender, requests)` for the CPU nanoseconds that so many
/// requests took.
pub fn interleave(
    effort: Effort,
    contenders: usize,
    mut run: impl FnMut(usize, u64) -> Result<u64>,
) -> Result<Rounds> {
    let requests = (0..contenders)
        .map(|contender| requests_per_turn(effort.turn, |requests| run(contender, requests)))
        .collect::<Result<Vec<_>>>()?;
    let mut times = vec![Vec::new(); contenders];
    for round in 0..effort.rounds {
        // Each round starts with another one, so that none always follows the
        // same neighbour's leftovers in the caches.
        for turn in 0..contenders {
            let contender = (round + turn) % contenders;
            let spent = run(contender, requests[contender])?;
            times[contender].push(spent as f64 / requests[contender] as f64);
        }
    }
    Ok(Rounds(times))
}

/// Doubles until a turn is long enough, which warms up as well.
fn requests_per_turn(turn: Duration, mut run: impl FnMut(u64) -> Result<u64>) -> Result<u64> {
    let mut requests = 1;
    while u128::from(run(requests)?) < turn.as_nanos() {
        requests *= 2;
    }
    Ok(requests)
}

impl Rounds {
    /// The median of one contender's nanoseconds.
    pub fn time(&self, contender: usize) -> f64 {
        median(&self.0[contender])
    }

    /// How many times the CPU of `ours` that of `peer` is: the median of the
    /// rounds' ratios.
    pub fn ratio(&self, peer: usize, ours: usize) -> f64 {
        median(&self.ratios(peer, ours))
    }

    /// Within which bounds that ratio lies, 19 times of 20.
    pub fn ratio_within(&self, peer: usize, ours: usize) -> (f64, f64) {
        interval(&self.ratios(peer, ours))
    }

    fn ratios(&self, peer: usize, ours: usize) -> Vec<f64> {
        let rounds = self.0[peer].iter().zip(&self.0[ours]);
        rounds.map(|(peer, ours)| peer / ours).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratio_is_of_the_time_per_request() {
        let effort = Effort {
            rounds: 4,
            turn: Duration::from_nanos(900),
        };
        let rounds = interleave(effort, 2, |contender, requests| {
            Ok(requests * [100, 250][contender])
        });
        let rounds = rounds.expect("nothing fails");
        assert_eq!((rounds.time(0), rounds.time(1)), (100.0, 250.0));
        assert_eq!(rounds.ratio(1, 0), 2.5);
    }
}
