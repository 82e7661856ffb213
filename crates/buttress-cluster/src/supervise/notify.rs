//! What the service manager is told (`sd_notify(3)`).

use crate::policy::{Report, State, Supervisor};
use sd_notify::NotifyState;
use std::{env, process, time::Duration};

#[derive(Debug)]
pub(super) struct Notifier {
    /// How long the service manager waits for a sign of life.
    patience: Option<Duration>,
    is_ready: bool,
    said: String,
}

impl Notifier {
    pub(super) fn new() -> Self {
        let is_ours = |pid: String| pid.parse() == Ok(process::id());
        let patience = env::var("WATCHDOG_USEC")
            .ok()
            .and_then(|usec| usec.parse().ok());
        Self {
            patience: patience
                .filter(|_| env::var("WATCHDOG_PID").map_or(true, is_ours))
                .map(Duration::from_micros),
            is_ready: false,
            said: String::new(),
        }
    }

    /// How often [`feed`](Self::feed) is to be called, at least.
    pub(super) fn interval(&self) -> Duration {
        let half = |patience: Duration| (patience / 2).max(Duration::from_millis(1));
        self.patience.map_or(Duration::MAX, half)
    }

    pub(super) fn began(&self) {
        tell(&[NotifyState::MainPid(process::id())]);
    }

    pub(super) fn report(&mut self, report: &Report) {
        match report {
            Report::Reloading { .. } => {
                let now = NotifyState::monotonic_usec_now();
                tell(&[vec![NotifyState::Reloading], now.into_iter().collect()].concat());
            }
            Report::Reloaded { .. } | Report::ReloadFailed { .. } if self.is_ready => {
                tell(&[NotifyState::Ready]);
            }
            Report::Stopping => tell(&[NotifyState::Stopping]),
            _ => {}
        }
    }

    /// Says how many workers serve, if that has changed, and the first time that
    /// all do that the service is ready.
    pub(super) fn status(&mut self, policy: &Supervisor) {
        let serving = policy
            .workers()
            .filter(|(_, worker)| worker.state == State::Serving);
        let (serving, target) = (serving.count(), policy.target());
        let text = format!("{serving} of {target} workers serve");
        if text != self.said {
            tell(&[NotifyState::Status(&text)]);
            self.said = text;
        }
        if serving >= target && !self.is_ready && !policy.is_ending() {
            self.is_ready = true;
            tell(&[NotifyState::Ready]);
        }
    }

    /// Says that the service is alive, if any worker has shown so lately, given how
    /// long ago each has. Before the first serves nobody can.
    pub(super) fn feed(&self, mut ages: impl Iterator<Item = Duration>) {
        let Some(patience) = self.patience else {
            return;
        };
        if !self.is_ready || ages.any(|age| age < patience) {
            tell(&[NotifyState::Watchdog]);
        }
    }
}

fn tell(state: &[NotifyState<'_>]) {
    // Without a service manager it does nothing.
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "the service manager does not listen");
    }
}
