//! What the services of one layer share.

use crate::{
    Counters, Grace, Kind, Mode, config::Config, dedupe::Ledger, exact, label::Label, reporter,
    subject::Subject, watch,
};
use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Instant,
};

/// What a service has of its layer: nothing, where that is off.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handle(Option<&'static Detector>);

impl Handle {
    pub(crate) fn new(config: &Config, counters: &Arc<Counters>) -> Self {
        let detector = || Detector::new(config.clone(), Arc::clone(counters));
        Self((config.mode != Mode::Off).then(detector))
    }

    /// The subject of a request or a job, unless it is let go.
    #[inline]
    pub(crate) fn subject(self, label: impl FnOnce(&Config) -> Label) -> Option<Subject> {
        let detector = self.0?;
        (!detector.lets_go()).then(|| Subject::new(detector, label(&detector.config)))
    }
}

/// The settings, and what was found with them.
pub(crate) struct Detector {
    pub(crate) id: u32,
    pub(crate) is_exact: bool,
    /// In nanoseconds.
    pub(crate) lock_threshold: u64,
    /// Requests that are still let go.
    grace: AtomicU32,
    pub(crate) config: Config,
    pub(crate) counters: Arc<Counters>,
    ledger: Mutex<Ledger>,
}

/// All of them, by their number.
///
/// They are never freed. Every future and every body points at one: were they
/// counted, all workers would write to the same memory for each request, which
/// takes longer than all the rest. There are as many as layers in use.
static DETECTORS: Mutex<Vec<&Detector>> = Mutex::new(Vec::new());

/// The one of this number.
pub(crate) fn find(id: u32) -> Option<&'static Detector> {
    let detectors = DETECTORS.lock().unwrap_or_else(PoisonError::into_inner);
    detectors.get(id as usize).copied()
}

impl Detector {
    /// And starts what it needs, before there are requests.
    pub(crate) fn new(config: Config, counters: Arc<Counters>) -> &'static Self {
        start(config.mode);
        let grace = match config.grace {
            Grace::None => 0,
            Grace::FirstRequests(requests) => requests,
        };
        let threshold = config.lock_threshold.as_nanos();
        let mut detectors = DETECTORS.lock().unwrap_or_else(PoisonError::into_inner);
        let detector = Box::leak(Box::new(Self {
            id: u32::try_from(detectors.len()).unwrap_or(u32::MAX),
            is_exact: config.mode.is_exact(),
            lock_threshold: u64::try_from(threshold).unwrap_or(u64::MAX),
            grace: AtomicU32::new(grace),
            config,
            counters,
            ledger: Mutex::default(),
        }));
        detectors.push(detector);
        detector
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

fn start(mode: Mode) {
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
