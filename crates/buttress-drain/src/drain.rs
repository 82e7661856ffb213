use crate::{
    InFlight, Liveness, Outcome, Phase, Readiness,
    timeline::{Timeline, reckonable},
};
use std::{
    fmt,
    future::Future,
    pin::pin,
    sync::{
        Arc, OnceLock,
        atomic::{
            AtomicBool, AtomicUsize,
            Ordering::{AcqRel, Acquire, Release},
        },
    },
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{self, Instant},
};

/// The end of a process, asked for once and carried out in [phases](Phase).
///
/// A cheap handle: clones are the same drain. Give one to the
/// [layer](crate::DrainLayer) or to [`serve`](crate::serve()), and call
/// [`trigger`](Self::trigger) when the process should end. See the
/// [crate docs](crate).
#[derive(Clone, Default)]
pub struct Drain {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    timeline: Timeline,
    triggered: OnceLock<Instant>,
    cut: AtomicBool,
    in_flight: AtomicUsize,
    /// Woken by the trigger, by the cut, and when nothing is in flight anymore.
    changed: Notify,
}

impl Drain {
    /// A drain that lingers for a second and cuts after 25.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How long to wait between saying "not ready" and anything else, so that
    /// load balancers notice; none by default. Two to three times the interval
    /// of their checks is enough.
    ///
    /// # Panics
    ///
    /// As all settings: if the drain has been cloned, for clones share it.
    #[must_use]
    pub fn pre_stop(self, delay: Duration) -> Self {
        self.set(|timeline| timeline.pre_stop = reckonable(delay))
    }

    /// How long connections stay open after their last answer, or the trigger,
    /// before they are closed as idle: a client that sends a request within
    /// this time gets its answer. A second by default.
    #[must_use]
    pub fn linger(self, window: Duration) -> Self {
        self.set(|timeline| timeline.linger = reckonable(window))
    }

    /// How long a connection that owes us a request, because it was just
    /// accepted or has sent half a head, may hold up the end; three seconds by
    /// default.
    #[must_use]
    pub fn first_request(self, window: Duration) -> Self {
        self.set(|timeline| timeline.first_request = reckonable(window))
    }

    /// How long after the trigger everything is cut, 25 s by default. Keep it
    /// below the time after which the supervisor kills.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        self.set(|timeline| timeline.deadline = reckonable(deadline))
    }

    /// Begins the end. Only the first call counts.
    pub fn trigger(&self) {
        if self.shared.triggered.set(Instant::now()).is_ok() {
            tracing::info!(in_flight = self.in_flight(), "draining");
            self.shared.changed.notify_waiters();
        }
    }

    /// Ends at once: what is in flight is cut.
    pub fn cut(&self) {
        self.shared.cut.store(true, Release);
        self.trigger();
        self.shared.changed.notify_waiters();
    }

    /// Where the drain stands.
    #[must_use]
    pub fn phase(&self) -> Phase {
        let Some(triggered) = self.shared.triggered.get() else {
            return Phase::Serving;
        };
        if self.shared.cut.load(Acquire) {
            return Phase::Overdue;
        }
        self.shared.timeline.phase(Some(triggered.elapsed()))
    }

    /// What is in flight: requests with their responses' bodies, and
    /// [guards](Self::guard).
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.shared.in_flight.load(Acquire)
    }

    /// Counts something as in flight until it is dropped: an upgraded stream,
    /// or work that outlives its request.
    pub fn guard(&self) -> InFlight {
        InFlight::new(self.clone())
    }

    /// A service that answers 200 until the drain is triggered, then 503.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        Readiness::new(self.clone())
    }

    /// A service that answers 200 as long as the process can.
    #[must_use]
    pub fn liveness(&self) -> Liveness {
        Liveness::default()
    }
}

/// What can be waited for. All but [`triggered`](Drain::triggered) need a tokio
/// runtime with its timer.
impl Drain {
    /// Waits for the trigger.
    pub fn triggered(&self) -> impl Future<Output = ()> + Send + Sync + use<> {
        let drain = self.clone();
        async move {
            drain.wait(|shared| shared.triggered.get().is_some()).await;
        }
    }

    /// Waits until the pre-stop delay is over: stop accepting.
    pub fn lingering(&self) -> impl Future<Output = ()> + Send + Sync + use<> {
        self.clone().after(Timeline::lingering)
    }

    /// Waits until the linger window is over: what to give to
    /// `axum::serve(..).with_graceful_shutdown(..)`.
    pub fn lingered(&self) -> impl Future<Output = ()> + Send + Sync + use<> {
        self.clone().after(Timeline::draining)
    }

    /// Waits for the deadline, or for [`cut`](Self::cut).
    pub fn overdue(&self) -> impl Future<Output = ()> + Send + Sync + use<> {
        self.clone().after(|timeline| timeline.deadline)
    }

    /// Waits until the linger window is over and nothing is in flight, or until
    /// the rest is to be cut.
    pub fn finished(&self) -> impl Future<Output = Outcome> + Send + Sync + use<> {
        let drain = self.clone();
        async move {
            drain.clone().after(Timeline::draining).await;
            let overdue = pin!(drain.clone().after(|timeline| timeline.deadline));
            let emptied = pin!(drain.emptied());
            either(overdue, emptied).await;
            Outcome::new(drain.in_flight())
        }
    }

    /// Waits until this long after the trigger, or until the cut.
    async fn after(self, when: fn(&Timeline) -> Duration) {
        self.wait(|shared| shared.triggered.get().is_some()).await;
        // `wait` has seen it.
        let Some(triggered) = self.shared.triggered.get() else {
            return;
        };
        let elapsed = pin!(time::sleep_until(*triggered + when(&self.shared.timeline)));
        let cut = pin!(self.wait(|shared| shared.cut.load(Acquire)));
        either(elapsed, cut).await;
    }

    async fn wait(&self, is_so: impl Fn(&Shared) -> bool) {
        loop {
            let mut changed = pin!(self.shared.changed.notified());
            // Before looking, so that no change falls in between.
            changed.as_mut().enable();
            if is_so(&self.shared) {
                return;
            }
            changed.await;
        }
    }
}

impl Drain {
    /// Waits until nothing is in flight.
    pub(crate) async fn emptied(&self) {
        self.wait(|shared| shared.in_flight.load(Acquire) == 0)
            .await;
    }

    pub(crate) fn enter(&self) {
        self.shared.in_flight.fetch_add(1, AcqRel);
    }

    pub(crate) fn leave(&self) {
        if self.shared.in_flight.fetch_sub(1, AcqRel) == 1 && self.shared.triggered.get().is_some()
        {
            self.shared.changed.notify_waiters();
        }
    }

    fn set(mut self, change: impl FnOnce(&mut Timeline)) -> Self {
        let shared = Arc::get_mut(&mut self.shared);
        // A caller's mistake at start, that would else be a setting ignored.
        let shared = shared.expect("a drain is set up before it is cloned");
        change(&mut shared.timeline);
        self
    }
}

#[cfg(feature = "serve")]
impl Drain {
    pub(crate) fn timeline(&self) -> &Timeline {
        &self.shared.timeline
    }

    /// When answers began to close their connections.
    pub(crate) fn lingering_since(&self) -> Option<Instant> {
        let triggered = *self.shared.triggered.get()?;
        Some(triggered + self.shared.timeline.lingering())
    }
}

impl fmt::Debug for Drain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain")
            .field("phase", &self.phase())
            .field("in_flight", &self.in_flight())
            .field("timeline", &self.shared.timeline)
            .finish()
    }
}

/// Waits for the first of two.
async fn either(
    mut one: std::pin::Pin<&mut impl Future<Output = ()>>,
    mut other: std::pin::Pin<&mut impl Future<Output = ()>>,
) {
    std::future::poll_fn(|cx| {
        if one.as_mut().poll(cx).is_ready() {
            return std::task::Poll::Ready(());
        }
        other.as_mut().poll(cx)
    })
    .await;
}
