//! Which of the same reports go out: no clock in here.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// So many stacks are known; beyond it all are forgotten, and reported anew.
const STACKS: usize = 4096;
/// How long a stack that was reported is only counted.
const SILENCE: Duration = Duration::from_secs(60);
/// The window of the rate limit.
const WINDOW: Duration = Duration::from_secs(60);

/// What was seen so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    stacks: HashMap<u64, Seen>,
    window: Option<(Instant, u32)>,
}

#[derive(Clone, Debug, Default)]
struct Seen {
    count: u64,
    reported: Option<Instant>,
}

impl Ledger {
    /// Counts a stack; `Some` count if it should be reported, of which there
    /// may be `rate` a minute.
    pub(crate) fn record(&mut self, stack: u64, now: Instant, rate: u32) -> Option<u64> {
        if self.stacks.len() >= STACKS && !self.stacks.contains_key(&stack) {
            self.stacks.clear();
        }
        let seen = self.stacks.entry(stack).or_default();
        seen.count += 1;
        let elapsed = |then: Instant| now.saturating_duration_since(then);
        let is_silent = seen.reported.is_some_and(|then| elapsed(then) < SILENCE);
        if is_silent {
            return None;
        }
        let window = self.window.get_or_insert((now, 0));
        if elapsed(window.0) >= WINDOW {
            *window = (now, 0);
        }
        if window.1 >= rate {
            return None;
        }
        window.1 += 1;
        seen.reported = Some(now);
        Some(seen.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_stack_is_reported_once_and_again_after_its_silence() {
        let (mut ledger, start) = (Ledger::default(), Instant::now());
        assert_eq!(ledger.record(1, start, 10), Some(1));
        assert_eq!(ledger.record(1, start, 10), None);
        assert_eq!(ledger.record(2, start, 10), Some(1));
        assert_eq!(ledger.record(1, start + SILENCE, 10), Some(3));
    }

    #[test]
    fn ten_thousand_stacks_take_no_more_room_than_a_few_thousand() {
        let (mut ledger, now) = (Ledger::default(), Instant::now());
        let reported = (0..10_000).filter_map(|stack| ledger.record(stack, now, 60));
        assert_eq!(reported.count(), 60);
        assert!(ledger.stacks.len() <= STACKS);
    }

    proptest! {
        #[test]
        fn no_window_holds_more_than_the_rate(
            stacks in prop::collection::vec((0_u64..2000, 0_u64..500), 0..600),
            rate in 0_u32..20,
        ) {
            let start = Instant::now();
            let (mut ledger, mut at, mut reports) = (Ledger::default(), 0, Vec::new());
            for (stack, gap) in stacks {
                at += gap;
                let now = start + Duration::from_millis(at);
                if ledger.record(stack, now, rate).is_some() {
                    reports.push(at);
                }
            }
            // Windows stand side by side, so any minute may touch two of them.
            let most = 2 * rate as usize;
            for &from in &reports {
                let within = reports.iter().filter(|&&at| at >= from && at < from + 60_000);
                prop_assert!(within.count() <= most);
            }
        }
    }

    #[test]
    fn the_ledger_is_bounded() {
        let mut ledger = Ledger::default();
        for stack in 0..3 * STACKS as u64 {
            let _ = ledger.record(stack, Instant::now(), 1);
            assert!(ledger.stacks.len() <= STACKS);
        }
    }
}
