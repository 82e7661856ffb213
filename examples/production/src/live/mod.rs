//! What the page `/` shows of this process while it runs.
//!
//! The layers tell [`Observed`] what happens, and count much of it themselves. Once a
//! second [`Live`] looks at all of it, once for all who watch.

mod blocked;
mod history;
mod meter;
mod panics;
mod sample;
mod text;
mod trips;
mod watchers;

pub(crate) use sample::Sample;
pub(crate) use watchers::Watcher;

use blocked::Blocked;
use buttress::Production;
use buttress::error::PanicBudget;
use history::History;
use meter::Meter;
use panics::Panics;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use trips::Trips;
use watchers::Watchers;

/// How often those who watch are told.
const PERIOD: Duration = Duration::from_secs(1);

/// What the layers are given to write into.
#[derive(Default)]
pub(crate) struct Observed {
    pub(crate) meter: Meter,
    pub(crate) blocked: Blocked,
    pub(crate) panics: Panics,
    pub(crate) trips: Arc<Trips>,
}

/// All that there is to look at.
pub(crate) struct Live {
    observed: Arc<Observed>,
    stack: Production,
    budget: PanicBudget,
    history: Mutex<History>,
    watchers: Watchers,
}

impl Live {
    /// Looks at it once a second, for as long as the runtime lives.
    pub(crate) fn start(
        observed: Arc<Observed>,
        stack: Production,
        budget: PanicBudget,
    ) -> Arc<Self> {
        let live = Arc::new(Self {
            observed,
            stack,
            budget,
            history: Mutex::default(),
            watchers: Watchers::default(),
        });
        tokio::spawn(live.clone().run());
        live
    }

    /// How things stand at this moment.
    pub(crate) fn now(&self) -> Sample {
        let reading = self.observed.meter.read();
        let history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        Sample::of(self, &history, &reading)
    }

    /// `None` while too many watch already.
    pub(crate) fn watch(&self) -> Option<Watcher> {
        self.watchers.join(self.now().event())
    }

    async fn run(self: Arc<Self>) {
        let mut seconds = interval(PERIOD);
        // A process that was held up owes nobody the seconds in between.
        seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            seconds.tick().await;
            let reading = self.observed.meter.read();
            let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
            history.push(reading);
            drop(history);
            self.watchers.tell(|| self.now().event());
        }
    }
}
