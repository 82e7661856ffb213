//! The last minute, second by second.

use super::meter::Reading;
use std::collections::VecDeque;

const SECONDS: usize = 60;

/// Readings of the meter, the oldest first: one more than there are seconds.
#[derive(Default)]
pub(crate) struct History(VecDeque<Reading>);

impl History {
    pub(crate) fn push(&mut self, reading: Reading) {
        if self.0.len() > SECONDS {
            self.0.pop_front();
        }
        self.0.push_back(reading);
    }

    /// What was read a minute ago, or first.
    pub(crate) fn oldest(&self) -> Option<&Reading> {
        self.0.front()
    }

    /// How many requests each of the last seconds had, always 60 of them.
    pub(crate) fn per_second(&self) -> Vec<u64> {
        let counts: Vec<_> = self.0.iter().map(Reading::requests).collect();
        let seconds = counts.windows(2).map(|two| two[1] - two[0]);
        let mut all = vec![0; SECONDS - seconds.len()];
        all.extend(seconds);
        all
    }
}
