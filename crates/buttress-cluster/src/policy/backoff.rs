//! How long to wait before the next start.

use std::time::Duration;

/// Doubles from `first` to `most`, each time a quarter more or less.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backoff {
    pub(crate) first: Duration,
    pub(crate) most: Duration,
}

impl Backoff {
    /// The delay after so many failures in a row. The first costs nothing: one
    /// crash of a worker that was well is no reason to have one less.
    pub(crate) fn delay(&self, failures: u32, jitter: &mut Jitter) -> Duration {
        let Some(doublings) = failures.checked_sub(2) else {
            return Duration::ZERO;
        };
        // Beyond 2^20 the limit was reached long ago.
        let factor = 1_u32 << doublings.min(20);
        let delay = self.first.saturating_mul(factor).min(self.most);
        delay.mul_f64(0.75 + 0.5 * jitter.next())
    }
}

/// Numbers that workers which fail together do not share: xorshift64*.
#[derive(Clone, Debug)]
pub(crate) struct Jitter(u64);

impl Jitter {
    pub(crate) fn new(seed: u64) -> Self {
        // Zero is the one state that it never leaves.
        Self(seed | 1)
    }

    /// At least 0, and less than 1.
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let bits = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 40;
        // 24 bits are whole numbers in any float.
        bits as f64 / f64::from(1_u32 << 24)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_grows_in_spite_of_its_jitter_and_then_stays() {
        let (first, most) = (Duration::from_millis(100), Duration::from_secs(30));
        let backoff = Backoff { first, most };
        let mut jitter = Jitter::new(7);
        let delays: Vec<_> = (1..=30).map(|n| backoff.delay(n, &mut jitter)).collect();
        assert_eq!(delays[0], Duration::ZERO);
        assert!(
            delays[..9].windows(2).all(|pair| pair[0] < pair[1]),
            "{delays:?}"
        );
        let around = most.mul_f64(0.75)..most.mul_f64(1.25);
        assert!(
            delays[12..].iter().all(|delay| around.contains(delay)),
            "{delays:?}"
        );
    }
}
