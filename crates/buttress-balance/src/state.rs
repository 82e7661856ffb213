//! What all clones of a balancer share.

use crate::{
    Backend, Change, Event, EventKind, Key, Verdict,
    builder::Settings,
    clock::Clock,
    endpoint::Endpoint,
    ewma::PeakEwma,
    retry::Budget,
    snapshot::{Shared, Snapshot},
    standing::Standing,
};
use arc_swap::ArcSwap;
use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
};

pub(crate) struct State<K, S, C> {
    pub(crate) settings: Settings<K, S, C>,
    pub(crate) clock: Clock,
    pub(crate) budget: Budget,
    pub(crate) snapshot: ArcSwap<Snapshot<K, S>>,
    /// Held while a new snapshot is made.
    changing: Mutex<()>,
    pub(crate) chance: AtomicU64,
    pub(crate) turns: AtomicUsize,
    /// From when on no endpoint is in its slow start.
    pub(crate) started: AtomicU64,
}

impl<K: Key, S: Clone, C> State<K, S, C> {
    pub(crate) fn new(settings: Settings<K, S, C>, backends: Vec<Backend<K>>) -> Self {
        let clock = Clock::start();
        let none = Snapshot::take(Arc::default(), Arc::default(), 0.0, 0);
        let state = Self {
            budget: Budget::new(settings.retry, clock.now()),
            clock,
            snapshot: ArcSwap::from_pointee(none),
            changing: Mutex::new(()),
            chance: AtomicU64::new(RandomState::new().hash_one(0)),
            turns: AtomicUsize::new(0),
            started: AtomicU64::new(0),
            settings,
        };
        state.apply(Change::Set(backends));
        state
    }

    /// The endpoints now.
    pub(crate) fn all(&self) -> Arc<[Shared<K, S>]> {
        Arc::clone(&self.snapshot.load().all)
    }

    /// Takes in a change of the endpoints. Those that stay keep all that is known of them.
    pub(crate) fn apply(&self, change: Change<K>) {
        let mut events = Vec::new();
        {
            let _changing = self.changing();
            let old = self.all();
            let known: HashMap<_, _> = old.iter().map(|it| (&it.backend.key, it)).collect();
            let mut all: Vec<Shared<K, S>> = Vec::new();
            let typical = self.typical(None, self.clock.now());
            for backend in change.onto(&old.iter().map(|it| it.backend.clone()).collect::<Vec<_>>())
            {
                match known.get(&backend.key) {
                    Some(endpoint) if endpoint.backend == backend => all.push(Arc::clone(endpoint)),
                    _ => all.push(Arc::new(self.endpoint(backend, typical))),
                }
            }
            let without = |of: &[Shared<K, S>], others: &[Shared<K, S>]| {
                let others: HashSet<_> = others.iter().map(Arc::as_ptr).collect();
                let rest = of.iter().filter(|it| !others.contains(&Arc::as_ptr(it)));
                rest.cloned().collect::<Vec<_>>()
            };
            let gone = without(&old, &all).into_iter();
            events.extend(gone.map(|it| (it, EventKind::Removed)));
            let new = without(&all, &old).into_iter();
            events.extend(new.map(|it| (it, EventKind::Added)));
            let tags = Snapshot::tags_of(&all);
            self.store(Snapshot::take(
                all.into(),
                tags,
                self.settings.panic,
                self.clock.now(),
            ));
        }
        for (endpoint, kind) in events {
            self.tell(&endpoint, kind);
        }
    }

    /// A new one, which may be as fast as is `typical`.
    fn endpoint(&self, backend: Backend<K>, typical: Option<f64>) -> Endpoint<K, S> {
        let settings = &self.settings;
        let service = (settings.make)(&backend.key);
        let standing = Standing::new(settings.standing);
        let (slow_start, now) = (settings.slow_start, self.clock.now());
        let ewma = PeakEwma::new(typical, now);
        self.starts_slowly(now);
        let mut endpoint = Endpoint::new(backend, service, standing, ewma, slow_start, now);
        let zone = settings.zones.get(&endpoint.backend.zone);
        endpoint.weight *= zone.copied().unwrap_or(1.0);
        if let Some(sticky) = &settings.sticky {
            endpoint.tags = sticky.tags(&endpoint.name);
        }
        endpoint
    }

    /// Looks at all endpoints anew.
    pub(crate) fn look(&self) {
        let mut returned = Vec::new();
        {
            let _changing = self.changing();
            let now = self.clock.now();
            let old = self.snapshot.load();
            for endpoint in &old.all[..] {
                if endpoint.judge(|standing| standing.settle(now)) {
                    self.warm_up(endpoint);
                    returned.push(Arc::clone(endpoint));
                }
            }
            let (all, tags) = (Arc::clone(&old.all), Arc::clone(&old.tags));
            self.store(Snapshot::take(all, tags, self.settings.panic, now));
        }
        for endpoint in returned {
            self.tell(&endpoint, EventKind::Returned);
        }
    }

    fn store(&self, snapshot: Snapshot<K, S>) {
        self.snapshot.store(Arc::new(snapshot));
    }

    fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tell(&self, endpoint: &Endpoint<K, S>, kind: EventKind) {
        let name = &*endpoint.name;
        tracing::info!(endpoint = name, "endpoint {kind}");
        if kind == EventKind::Ejected {
            endpoint.load.counters.ejections.fetch_add(1, Relaxed);
        }
        if let Some(on_event) = &self.settings.on_event {
            on_event(&Event {
                endpoint: name,
                kind,
            });
        }
    }

    /// Takes in what became of a request, or of a check.
    pub(crate) fn judge(
        &self,
        endpoint: &Endpoint<K, S>,
        judge: impl FnOnce(&mut Standing, u64) -> Option<EventKind>,
    ) {
        let now = self.clock.now();
        let (before, after, event) = endpoint.judge(|standing| {
            let before = standing.access(now);
            let event = judge(standing, now);
            (before, standing.access(now), event)
        });
        if matches!(event, Some(EventKind::Closed | EventKind::Up)) {
            self.warm_up(endpoint);
        }
        if before != after {
            self.look();
        }
        if let Some(kind) = event {
            self.tell(endpoint, kind);
        }
    }

    pub(crate) fn record(&self, endpoint: &Endpoint<K, S>, verdict: Verdict, taken: u64) {
        let counters = &endpoint.load.counters;
        let counter = match verdict {
            Verdict::Good => Some(&counters.good),
            Verdict::Unsent => Some(&counters.unsent),
            Verdict::Broken => Some(&counters.broken),
            Verdict::Failed => Some(&counters.failed),
            Verdict::Neutral => None,
        };
        if let Some(counter) = counter {
            counter.fetch_add(1, Relaxed);
        }
        let now = self.clock.now();
        match verdict {
            Verdict::Good => endpoint.load.ewma().observe(taken, now),
            _ => {
                let charge = self.charge(endpoint, verdict, now).max(taken);
                endpoint.load.ewma().observe_at_least(charge, now);
            }
        }
        if verdict == Verdict::Good && endpoint.is_clean() {
            return;
        }
        self.judge(endpoint, |standing, now| standing.ended(verdict, now));
    }

    /// What a request without a good answer counts as. To fail fast is not to be fast, and
    /// what fails at once has never much in flight: so an endpoint that does is made out to
    /// be as loaded as the others, or twice as much if the fault is its own.
    fn charge(&self, endpoint: &Endpoint<K, S>, verdict: Verdict, now: u64) -> u64 {
        let factor = match verdict {
            Verdict::Good | Verdict::Neutral => return 0,
            Verdict::Failed => 1.0,
            Verdict::Unsent | Verdict::Broken => 2.0,
        };
        let others = self.mean(Some(endpoint.id), |it| it.load.cost(now));
        (factor * others.unwrap_or(0.0)) as u64
    }

    /// Forgets how fast an endpoint was, and begins its slow start.
    pub(crate) fn warm_up(&self, endpoint: &Endpoint<K, S>) {
        let now = self.clock.now();
        let typical = self.typical(Some(endpoint.id), now);
        self.starts_slowly(now);
        endpoint.warm_up(PeakEwma::new(typical, now), now);
    }

    fn starts_slowly(&self, now: u64) {
        let until = now.saturating_add(self.settings.slow_start);
        self.started.fetch_max(until, Relaxed);
    }

    /// How long other endpoints take.
    fn typical(&self, but: Option<u64>, now: u64) -> Option<f64> {
        self.mean(but, |it| it.load.ewma().cost(now))
    }

    fn mean(&self, but: Option<u64>, of: impl Fn(&Endpoint<K, S>) -> f64) -> Option<f64> {
        let snapshot = self.snapshot.load();
        let others = snapshot.ready.iter().filter(|it| Some(it.id) != but);
        let (mut count, mut sum) = (0.0, 0.0);
        for other in others {
            count += 1.0;
            sum += of(other);
        }
        (count > 0.0).then(|| sum / count)
    }
}
