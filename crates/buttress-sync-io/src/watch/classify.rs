//! What a stuck thread is stuck in, by what the kernel counts: no IO in here.

use crate::Kind;
use std::time::Duration;

/// What the kernel has counted for a thread since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Times {
    /// On a CPU.
    pub(crate) cpu: Duration,
    /// Ready to run, and waiting for a CPU.
    pub(crate) run_queue: Duration,
}

impl Times {
    pub(crate) fn since(self, then: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(then.cpu),
            run_queue: self.run_queue.saturating_sub(then.run_queue),
        }
    }

    /// All but what somebody else computed on this thread.
    pub(crate) fn without(self, computed: Duration) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(computed),
            ..self
        }
    }
}

/// What a thread does at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// It runs, or would like to.
    Running,
    /// It waits in a system call.
    Call(Kind),
    /// It waits for something else: a page of a file, say.
    Fault,
    /// The system does not tell.
    Unknown,
}

/// What to make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Too early, or the host's fault: look again.
    Wait,
    Stuck(Kind),
}

/// Judges a thread that has been in one poll for `wall`, of which it spent
/// `times` running and waiting for a CPU, if the system counts that.
///
/// Only what the poll itself did counts against the budget: time on a CPU when
/// it computes, time asleep when it waits. A host that is short of CPU is not
/// the poll's fault.
pub(crate) fn judge(
    doing: Doing,
    wall: Duration,
    times: Option<Times>,
    budget: Duration,
) -> Verdict {
    if wall < budget {
        return Verdict::Wait;
    }
    let (computed, slept) = match times {
        Some(times) => (times.cpu, wall.saturating_sub(times.cpu + times.run_queue)),
        None => (wall, wall),
    };
    let (spent, kind) = match doing {
        Doing::Running => (computed, Kind::Cpu),
        Doing::Call(kind) => (slept, kind),
        // A page that has to be read first.
        Doing::Fault => (slept, Kind::File),
        Doing::Unknown => (wall, Kind::Unknown),
    };
    if spent < budget {
        return Verdict::Wait;
    }
    Verdict::Stuck(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Duration = Duration::from_millis(20);

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn times(cpu: u64, run_queue: u64) -> Option<Times> {
        let (cpu, run_queue) = (ms(cpu), ms(run_queue));
        Some(Times { cpu, run_queue })
    }

    #[test]
    fn a_poll_that_computes_is_stuck_once_its_cpu_time_is_over_the_budget() {
        let judge = |wall, times| judge(Doing::Running, ms(wall), times, BUDGET);
        assert_eq!(judge(19, times(19, 0)), Verdict::Wait);
        assert_eq!(judge(25, times(21, 4)), Verdict::Stuck(Kind::Cpu));
        assert_eq!(judge(25, None), Verdict::Stuck(Kind::Cpu));
    }

    #[test]
    fn what_we_computed_on_its_thread_is_not_the_polls() {
        let judge = |ours| {
            let times = times(30, 0).map(|times| times.without(ms(ours)));
            judge(Doing::Running, ms(35 - ours), times, BUDGET)
        };
        assert_eq!(judge(0), Verdict::Stuck(Kind::Cpu));
        assert_eq!(judge(11), Verdict::Wait);
    }

    #[test]
    fn a_host_without_cpu_is_not_the_polls_fault() {
        let judge = |doing| judge(doing, ms(500), times(5, 490), BUDGET);
        assert_eq!(judge(Doing::Running), Verdict::Wait);
        assert_eq!(judge(Doing::Fault), Verdict::Wait);
    }

    #[test]
    fn a_poll_that_waits_is_stuck_in_its_call() {
        let verdict = judge(Doing::Call(Kind::Lock), ms(30), times(1, 1), BUDGET);
        assert_eq!(verdict, Verdict::Stuck(Kind::Lock));
        assert_eq!(
            judge(Doing::Fault, ms(30), times(1, 1), BUDGET),
            Verdict::Stuck(Kind::File)
        );
    }
}
