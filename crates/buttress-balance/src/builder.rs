use crate::{
    Backend, Balancer, Cautious, Event, Hedge, Key, Policy, Retry, Sticky, breaker, clock::nanos,
    outlier, standing,
};
use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

/// The settings of a [`Balancer`].
///
/// Each says what it is without it.
#[must_use]
pub struct BalancerBuilder<K, S, C = Cautious> {
    settings: Settings<K, S, C>,
}

type Make<K, S> = dyn Fn(&K) -> S + Send + Sync;
type EventFn = dyn Fn(&Event<'_>) + Send + Sync;

pub(crate) struct Settings<K, S, C> {
    pub(crate) make: Arc<Make<K, S>>,
    pub(crate) classify: C,
    pub(crate) policy: Policy,
    pub(crate) sticky: Option<Sticky>,
    pub(crate) retry: Retry,
    pub(crate) hedge: Option<Hedge>,
    pub(crate) max_pending: usize,
    pub(crate) patience: Duration,
    pub(crate) panic: f64,
    pub(crate) slow_start: u64,
    pub(crate) standing: standing::Rules,
    pub(crate) zones: HashMap<Box<str>, f64>,
    pub(crate) on_event: Option<Arc<EventFn>>,
}

impl<K: Key, S: Clone> BalancerBuilder<K, S> {
    pub(crate) fn new(make: impl Fn(&K) -> S + Send + Sync + 'static) -> Self {
        let settings = Settings {
            make: Arc::new(make),
            classify: Cautious,
            policy: Policy::default(),
            sticky: None,
            retry: Retry::default(),
            hedge: None,
            max_pending: 1024,
            patience: Duration::from_millis(50),
            panic: 0.5,
            slow_start: 0,
            standing: standing::Rules {
                breaker: breaker::Rules {
                    threshold: 3,
                    first: nanos(Duration::from_secs(1)),
                    longest: nanos(Duration::from_secs(30)),
                },
                outlier: outlier::Rules {
                    threshold: 5,
                    first: nanos(Duration::from_secs(10)),
                    longest: nanos(Duration::from_secs(300)),
                },
                failures_eject: false,
            },
            zones: HashMap::new(),
            on_event: None,
        };
        Self { settings }
    }
}

/// Where requests go.
impl<K: Key, S: Clone, C> BalancerBuilder<K, S, C> {
    /// How an endpoint is chosen: [`Policy::PeakEwma`].
    pub fn policy(self, policy: Policy) -> Self {
        self.with(|settings| settings.policy = policy)
    }

    /// Where a client's requests go again: nowhere in particular.
    pub fn sticky(self, sticky: impl Into<Sticky>) -> Self {
        self.with(|settings| settings.sticky = Some(sticky.into()))
    }

    /// How much the weight of endpoints in a zone counts, next to those in others: 1.
    /// With 0 they are spares, used where all others are out.
    ///
    /// # Panics
    ///
    /// If it is negative or no number.
    pub fn zone(self, zone: &str, factor: f64) -> Self {
        assert!(factor.is_finite() && factor >= 0.0, "a factor of {factor}");
        self.with(|settings| {
            settings.zones.insert(zone.into(), factor);
        })
    }

    /// The time in which an endpoint that is new, or back, comes to its full share: none.
    /// It begins with a tenth. Round robin and sticky keys do not heed it.
    pub fn slow_start(self, time: Duration) -> Self {
        self.with(|settings| settings.slow_start = nanos(time))
    }

    /// What errors and answers say of an endpoint: [`Cautious`] takes each error for
    /// one that may have reached it.
    pub fn classify<D>(self, classify: D) -> BalancerBuilder<K, S, D> {
        let old = self.settings;
        BalancerBuilder {
            settings: Settings {
                classify,
                make: old.make,
                policy: old.policy,
                sticky: old.sticky,
                retry: old.retry,
                hedge: old.hedge,
                max_pending: old.max_pending,
                patience: old.patience,
                panic: old.panic,
                slow_start: old.slow_start,
                standing: old.standing,
                zones: old.zones,
                on_event: old.on_event,
            },
        }
    }
}

/// What happens when endpoints fail.
impl<K: Key, S: Clone, C> BalancerBuilder<K, S, C> {
    /// How requests go elsewhere: see [`Retry::new`].
    pub fn retry(self, retry: Retry) -> Self {
        self.with(|settings| settings.retry = retry)
    }

    /// Sends requests that may be done twice to a second endpoint if the first does not
    /// answer soon: not at all.
    pub fn hedge(self, hedge: Hedge) -> Self {
        self.with(|settings| settings.hedge = Some(hedge))
    }

    /// After how many connections in a row that failed nothing is sent to an endpoint: 3.
    /// From time to time one request tries it. 0 is never.
    pub fn breaker(self, failures: u32) -> Self {
        self.with(|settings| settings.standing.breaker.threshold = failures)
    }

    /// How long nothing is sent to it, at first and at most: 1 s, doubled to 30 s.
    pub fn breaker_time(self, first: Duration, longest: Duration) -> Self {
        self.with(|settings| {
            settings.standing.breaker.first = nanos(first);
            settings.standing.breaker.longest = nanos(longest);
        })
    }

    /// After how many [broken](crate::Verdict::Broken) answers in a row an endpoint is
    /// left out: 5. 0 is never.
    pub fn ejection(self, answers: u32) -> Self {
        self.with(|settings| settings.standing.outlier.threshold = answers)
    }

    /// How long it is left out, at first and at most: 10 s, doubled to 300 s.
    pub fn ejection_time(self, first: Duration, longest: Duration) -> Self {
        self.with(|settings| {
            settings.standing.outlier.first = nanos(first);
            settings.standing.outlier.longest = nanos(longest);
        })
    }

    /// Whether the app's own failures, of status 500 and more, count as broken answers
    /// for that: no.
    pub fn eject_on_failures(self, eject: bool) -> Self {
        self.with(|settings| settings.standing.failures_eject = eject)
    }

    /// The share of endpoints that has to be well: 0.5. With fewer, those that were
    /// ejected, or that checks found unwell, get requests all the same: so many do not
    /// fail by themselves. Those that cannot be reached get none in any case.
    pub fn panic_threshold(self, share: f64) -> Self {
        self.with(|settings| settings.panic = share.clamp(0.0, 1.0))
    }

    /// How many requests one endpoint may have in flight, until the ends of their
    /// responses: 1,024. Where all have so many, the answer is 503 with `Retry-After`.
    pub fn max_pending(self, most: usize) -> Self {
        self.with(|settings| settings.max_pending = most)
    }

    /// How long a request waits for an endpoint that does not get ready, when there is
    /// no other: 50 ms. Then the answer is 503 with `Retry-After`.
    pub fn patience(self, patience: Duration) -> Self {
        self.with(|settings| settings.patience = patience)
    }

    /// Called whenever something changes about an endpoint. It should not wait.
    pub fn on_event(self, on_event: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        self.with(|settings| settings.on_event = Some(Arc::new(on_event)))
    }

    /// The balancer, with the endpoints that it begins with.
    pub fn build(
        self,
        endpoints: impl IntoIterator<Item = impl Into<Backend<K>>>,
    ) -> Balancer<K, S, C> {
        let endpoints = endpoints.into_iter().map(Into::into).collect();
        Balancer::new(self.settings, endpoints)
    }

    fn with(mut self, set: impl FnOnce(&mut Settings<K, S, C>)) -> Self {
        set(&mut self.settings);
        self
    }
}

impl<K, S, C> fmt::Debug for BalancerBuilder<K, S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.settings, f)
    }
}

impl<K, S, C> fmt::Debug for Settings<K, S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("policy", &self.policy)
            .field("sticky", &self.sticky)
            .field("retry", &self.retry)
            .field("max_pending", &self.max_pending)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}
