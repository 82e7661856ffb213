//! The end of the patience with workers that are not ready, hang, or do not end.

use super::{Action, Id, Report, State, Supervisor, Worker};
use std::time::{Duration, Instant};

/// How long one that was aborted may take to end: a core has to be written, and one
/// that is stopped (`SIGSTOP`) hears of nothing but a kill.
pub(super) const ABORT: Duration = Duration::from_secs(5);

impl Supervisor {
    pub(super) fn expire(&mut self, now: Instant) {
        let mut late = Vec::new();
        let mut hanging = Vec::new();
        for (id, worker) in &self.workers {
            let (id, slot) = (*id, worker.slot);
            let elapsed = now.saturating_duration_since(worker.since);
            match worker.state {
                State::Starting | State::Checking if elapsed >= self.rules.ready_timeout => {
                    let report = Report::Late { id, slot };
                    late.push((id, Some(report), "it was not ready in time"));
                }
                State::Draining if elapsed >= self.rules.kill_after => {
                    let report = Report::Overdue { id, slot };
                    late.push((id, Some(report), "it did not end in time"));
                }
                State::Aborted if elapsed >= ABORT => late.push((id, None, HANGS)),
                State::Serving if self.hangs(worker) => hanging.push(id),
                _ => {}
            }
        }
        for (id, report, why) in late {
            self.actions.extend(report.map(Action::Report));
            self.kill(id, why, now);
        }
        for id in hanging {
            self.abort_worker(id, now);
        }
    }

    fn hangs(&self, worker: &Worker) -> bool {
        let timeout = self.rules.hang_timeout;
        timeout.is_some_and(|timeout| worker.silence >= timeout)
    }

    /// Ends one that hangs, be it the last: it serves nobody. Its successor need not
    /// wait for its end.
    fn abort_worker(&mut self, id: Id, now: Instant) {
        let Some(worker) = self.workers.get_mut(&id) else {
            return;
        };
        let (slot, served, silence) = (worker.slot, worker.served, worker.silence);
        worker.enter(State::Aborted, now);
        (worker.is_reckoned, worker.doom) = (true, Some(HANGS));
        let report = Report::Hangs { id, slot, silence };
        self.actions.push(Action::Report(report));
        self.actions.push(Action::Abort(id));
        if self.ending.is_none() {
            self.failed(slot, served, now);
        }
    }
}

const HANGS: &str = "it showed no sign of life";
