use crate::Phase;
use std::time::Duration;

/// When each phase begins, counted from the trigger. Pure: it knows no clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeline {
    pub(crate) pre_stop: Duration,
    pub(crate) linger: Duration,
    pub(crate) first_request: Duration,
    pub(crate) deadline: Duration,
}

impl Timeline {
    /// When answers begin to close their connections.
    pub(crate) fn lingering(&self) -> Duration {
        self.pre_stop.min(self.deadline)
    }

    /// When connections that are idle since the trigger are closed.
    pub(crate) fn draining(&self) -> Duration {
        self.pre_stop.saturating_add(self.linger).min(self.deadline)
    }

    /// The phase this long after the trigger, if there was one.
    pub(crate) fn phase(&self, since_trigger: Option<Duration>) -> Phase {
        let Some(elapsed) = since_trigger else {
            return Phase::Serving;
        };
        if elapsed >= self.deadline {
            Phase::Overdue
        } else if elapsed >= self.draining() {
            Phase::Draining
        } else if elapsed >= self.lingering() {
            Phase::Lingering
        } else {
            Phase::Announced
        }
    }
}

/// At most thirty years: no later time can be reckoned with everywhere, and
/// `Duration::MAX` is how people write "never".
pub(crate) fn reckonable(duration: Duration) -> Duration {
    duration.min(Duration::from_secs(30 * 365 * 24 * 60 * 60))
}

impl Default for Timeline {
    fn default() -> Self {
        Self {
            pre_stop: Duration::ZERO,
            linger: Duration::from_secs(1),
            first_request: Duration::from_secs(3),
            // Docker kills after 10 s and Kubernetes after 30 s: users of the
            // former have to say less.
            deadline: Duration::from_secs(25),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seconds(pre_stop: u64, linger: u64, deadline: u64) -> Timeline {
        Timeline {
            pre_stop: Duration::from_secs(pre_stop),
            linger: Duration::from_secs(linger),
            deadline: Duration::from_secs(deadline),
            ..Timeline::default()
        }
    }

    #[test]
    fn each_phase_begins_at_its_time() {
        let timeline = seconds(5, 2, 10);
        let phases = [0, 5, 7, 10].map(|s| timeline.phase(Some(Duration::from_secs(s))));
        assert_eq!(timeline.phase(None), Phase::Serving);
        let expected = [
            Phase::Announced,
            Phase::Lingering,
            Phase::Draining,
            Phase::Overdue,
        ];
        assert_eq!(phases, expected);
    }

    proptest! {
        #[test]
        fn phases_only_go_forward_and_end_at_the_deadline(
            pre_stop in 0..100u64,
            linger in 0..100u64,
            deadline in 0..100u64,
            mut times in proptest::collection::vec(0..300u64, 2..20),
        ) {
            let timeline = seconds(pre_stop, linger, deadline);
            times.sort_unstable();
            let phases: Vec<_> = times
                .iter()
                .map(|s| timeline.phase(Some(Duration::from_secs(*s))))
                .collect();
            prop_assert!(phases.is_sorted());
            for (s, phase) in times.iter().zip(phases) {
                prop_assert_eq!(*s >= deadline, phase == Phase::Overdue);
            }
        }
    }
}
