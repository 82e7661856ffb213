//! What the services of one layer share.

use crate::{
    Counters, Grace, Kind, Mode, config::Config, dedupe::Ledger, exact, label::Label, reporter,
    subject::Subject, watch,
};
use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU32, AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

/// The settings, and what was found with them.
pub(crate) struct Detector {
    pub(crate) id: u64,
    pub(crate) config: Config,
    pub(crate) counters: Arc<Counters>,
    ledger: Mutex<Ledger>,
    /// Requests that are still let go.
    grace: AtomicU32,
}

/// All that are in use: the watchdog finds them by the number in a slot.
static DETECTORS: Mutex<Vec<(u64, Weak<Detector>)>> = Mutex::new(Vec::new());

/// The one of this number, if it is still in use.
pub(crate) fn find(id: u64) -> Option<Arc<Detector>> {
    let detectors = DETECTORS.lock().unwrap_or_else(PoisonError::into_inner);
    let found = detectors.iter().find(|(of, _)| *of == id)?;
    found.1.upgrade()
}

impl Detector {
    pub(crate) fn new(config: Config) -> Arc<Self> {
        static IDS: AtomicU64 = AtomicU64::new(1);
        let grace = match config.grace {
            Grace::None => 0,
            Grace::FirstRequests(requests) => requests,
        };
        start(config.mode);
        let detector = Arc::new(Self {
            id: IDS.fetch_add(1, Relaxed),
            config,
            counters: Arc::default(),
            ledger: Mutex::default(),
            grace: AtomicU32::new(grace),
        });
        let mut detectors = DETECTORS.lock().unwrap_or_else(PoisonError::into_inner);
        detectors.retain(|(_, detector)| detector.strong_count() > 0);
        detectors.push((detector.id, Arc::downgrade(&detector)));
        detector
    }

    /// The subject of a request or a job, unless it is let go.
    pub(crate) fn subject(self: &Arc<Self>, label: impl FnOnce() -> Label) -> Option<Subject> {
        if self.config.mode == Mode::Off || self.lets_go() {
            return None;
        }
        Some(Subject::new(Arc::clone(self), label()))
    }

    /// Whether this request is one of the first, which are let go.
    fn lets_go(&self) -> bool {
        let one_less = |left: u32| left.checked_sub(1);
        // Once there are none left this only reads.
        self.grace.load(Relaxed) > 0 && self.grace.fetch_update(Relaxed, Relaxed, one_less).is_ok()
    }

    /// Counts what was found; how often it was, if that should be reported.
    pub(crate) fn record(&self, kind: Kind, route: Option<&str>, stack: u64) -> Option<u64> {
        self.counters.add(kind, route);
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        ledger.record(stack, Instant::now(), self.config.rate)
    }
}

/// Starts what is needed, before there are requests.
fn start(mode: Mode) {
    if mode == Mode::Off {
        return;
    }
    reporter::start();
    watch::start();
    if mode.is_exact() {
        exact::start();
    }
}

impl fmt::Debug for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Detector")
            .field("mode", &self.config.mode)
            .field("budget", &self.config.budget)
            .finish_non_exhaustive()
    }
}
