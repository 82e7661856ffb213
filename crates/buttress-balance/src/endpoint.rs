use crate::{
    Backend, Key,
    ewma::PeakEwma,
    load::Load,
    policy::mix,
    standing::{Access, Standing},
};
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
};

/// An endpoint, its service, and what is known of it.
pub(crate) struct Endpoint<K, S> {
    pub(crate) backend: Backend<K>,
    pub(crate) name: Box<str>,
    /// The same in all processes.
    pub(crate) id: u64,
    /// What sticky cookies call it; the first is given, the others are still known.
    pub(crate) tags: Vec<Box<str>>,
    pub(crate) weight: f64,
    pub(crate) load: Arc<Load>,
    /// Whether requests go to it, as of the last look at all.
    pub(crate) is_ready: AtomicBool,
    /// Whether a good answer changes nothing, so that it needs no lock.
    is_clean: AtomicBool,
    standing: Mutex<Standing>,
    service: Mutex<S>,
    /// From when on its load grows, and how long it does.
    warming: AtomicU64,
    slow_start: u64,
}

/// The share that an endpoint gets when its slow start begins.
const COLD: f64 = 0.1;

impl<K: Key, S: Clone> Endpoint<K, S> {
    pub(crate) fn new(
        backend: Backend<K>,
        service: S,
        standing: Standing,
        ewma: PeakEwma,
        slow_start: u64,
        now: u64,
    ) -> Self {
        let name = backend.key.to_string().into_boxed_str();
        Self {
            id: hash(name.as_bytes()),
            tags: Vec::new(),
            weight: f64::from(backend.weight),
            load: Arc::new(Load::new(ewma)),
            is_ready: AtomicBool::new(true),
            is_clean: AtomicBool::new(true),
            standing: Mutex::new(standing),
            service: Mutex::new(service),
            warming: AtomicU64::new(now),
            slow_start,
            backend,
            name,
        }
    }

    pub(crate) fn service(&self) -> S {
        self.service
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Puts another service in the place of one that failed.
    pub(crate) fn remake(&self, service: S) {
        *self.service.lock().unwrap_or_else(PoisonError::into_inner) = service;
    }
}

impl<K, S> Endpoint<K, S> {
    pub(crate) fn access(&self, now: u64) -> Access {
        self.standing().access(now)
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.is_clean.load(Relaxed)
    }

    /// Looks at the standing, or changes it.
    pub(crate) fn judge<T>(&self, judge: impl FnOnce(&mut Standing) -> T) -> T {
        let mut standing = self.standing();
        let judged = judge(&mut standing);
        self.is_clean.store(standing.is_clean(), Relaxed);
        judged
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins its slow start, with no more known of its speed than this.
    pub(crate) fn warm_up(&self, ewma: PeakEwma, now: u64) {
        self.warming.store(now, Relaxed);
        *self.load.ewma() = ewma;
    }

    /// Its weight, which grows while it starts.
    pub(crate) fn weight(&self, now: u64) -> f64 {
        if self.slow_start == 0 {
            return self.weight;
        }
        let warm = now.saturating_sub(self.warming.load(Relaxed)) as f64;
        let share = COLD + (1.0 - COLD) * warm / self.slow_start as f64;
        self.weight * share.min(1.0)
    }
}

/// A hash that is the same in all processes.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let fnv = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    mix(bytes.iter().fold(0xcbf2_9ce4_8422_2325, fnv))
}
