use crate::guard;
use std::{
    collections::VecDeque,
    fmt,
    process::ExitCode,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// How many panics a process may have in how much time before it is taken for
/// broken.
///
/// One panic is a bug in one request, and is answered. Many in a row are a
/// process that has gone bad: a lock that is poisoned, a state that breaks each
/// request that meets it. Catching goes on, but the budget trips, once and for
/// all: it calls [`on_trip`](Self::on_trip), which should drain the process, and
/// from then on [`exit_code`](Self::exit_code) is a failure, which tells the
/// supervisor to start the process again.
///
/// A `poll_ready` that fails or panics trips it at once, for tower says of such
/// a service that it must not be used again.
///
/// Clones share the account, so one budget can stand behind several layers.
///
/// ```
/// use buttress_error::{ErrorLayer, PanicBudget};
/// use std::time::Duration;
///
/// let budget = PanicBudget::new(20, Duration::from_secs(60))
///     .on_trip(|| eprintln!("too many panics: draining"));
/// let layer = ErrorLayer::new().panic_budget(budget.clone());
/// // … serve until the drain is over, and then leave `main` with:
/// let code = budget.exit_code();
/// # let _ = (layer, code);
/// ```
#[derive(Clone)]
#[must_use]
pub struct PanicBudget {
    settings: Arc<Settings>,
    state: Arc<State>,
}

#[derive(Clone)]
struct Settings {
    on_trip: Option<Arc<dyn Fn() + Send + Sync>>,
    clock: Arc<dyn Fn() -> Instant + Send + Sync>,
    exit_code: u8,
}

struct State {
    tripped: AtomicBool,
    window: Mutex<Window>,
}

/// The status with which a process ends after its budget tripped, unless told
/// otherwise: `EX_SOFTWARE`, an internal software error, of sysexits.h.
const EX_SOFTWARE: u8 = 70;

impl PanicBudget {
    /// Trips at the first panic beyond `panics` within `window`; with 0 panics
    /// at the very first.
    pub fn new(panics: usize, window: Duration) -> Self {
        Self {
            settings: Arc::new(Settings {
                on_trip: None,
                clock: Arc::new(Instant::now),
                exit_code: EX_SOFTWARE,
            }),
            state: Arc::new(State {
                tripped: AtomicBool::new(false),
                window: Mutex::new(Window::new(panics, window)),
            }),
        }
    }

    /// What to do when it trips: start to drain. It is called once, on the
    /// thread that caught the panic, and must not block. Should it panic
    /// itself, that is survived.
    pub fn on_trip(mut self, on_trip: impl Fn() + Send + Sync + 'static) -> Self {
        Arc::make_mut(&mut self.settings).on_trip = Some(Arc::new(on_trip));
        self
    }

    /// The status to exit with after a trip, 70 by default.
    pub fn exit_with(mut self, code: u8) -> Self {
        Arc::make_mut(&mut self.settings).exit_code = code;
        self
    }

    /// Where the time comes from, for tests.
    pub fn clock(mut self, clock: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Arc::make_mut(&mut self.settings).clock = Arc::new(clock);
        self
    }

    /// Counts a panic that no layer saw, such as one in a task of the app's own.
    pub fn record_panic(&self) {
        let now = (self.settings.clock)();
        let is_beyond = self.window().record(now);
        if is_beyond {
            self.trip();
        }
    }

    /// Trips it now, whatever was counted.
    pub fn trip(&self) {
        if self.state.tripped.swap(true, Ordering::SeqCst) {
            return;
        }
        tracing::error!(target: "buttress_error", "the panic budget is spent: the process should be drained and restarted");
        if let Some(on_trip) = &self.settings.on_trip {
            if guard::catch(|| on_trip()).is_err() {
                tracing::error!(target: "buttress_error", "on_trip of the panic budget panicked");
            }
        }
    }

    /// Whether it has tripped.
    #[must_use]
    pub fn is_tripped(&self) -> bool {
        self.state.tripped.load(Ordering::SeqCst)
    }

    /// How many panics there may be within the window.
    #[must_use]
    pub fn allowed(&self) -> usize {
        self.window().allowed
    }

    /// How many there were within the window that ends now: one more than are
    /// allowed at most, for more are not told apart.
    #[must_use]
    pub fn recent(&self) -> usize {
        let now = (self.settings.clock)();
        self.window().recent(now)
    }

    /// How many there were in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.window().total
    }

    /// What to leave `main` with: success, or the code of
    /// [`exit_with`](Self::exit_with) once it has tripped.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        if self.is_tripped() {
            ExitCode::from(self.settings.exit_code)
        } else {
            ExitCode::SUCCESS
        }
    }

    fn window(&self) -> MutexGuard<'_, Window> {
        let window = self.state.window.lock();
        window.unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for PanicBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PanicBudget")
            .field("is_tripped", &self.is_tripped())
            .finish_non_exhaustive()
    }
}

/// The times of the latest panics: no clock in here.
#[derive(Debug)]
struct Window {
    allowed: usize,
    length: Duration,
    /// The latest, at most `allowed` of them and one more.
    recent: VecDeque<Instant>,
    total: u64,
}

impl Window {
    fn new(allowed: usize, length: Duration) -> Self {
        Self {
            allowed,
            length,
            recent: VecDeque::new(),
            total: 0,
        }
    }

    /// Whether there were more than allowed within the window that ends `now`.
    fn record(&mut self, now: Instant) -> bool {
        self.total += 1;
        self.forget(now);
        if self.recent.len() > self.allowed {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
        self.recent.len() > self.allowed
    }

    fn recent(&mut self, now: Instant) -> usize {
        self.forget(now);
        self.recent.len()
    }

    /// Those that are too long ago.
    fn forget(&mut self, now: Instant) {
        let is_over = |then: &Instant| now.saturating_duration_since(*then) >= self.length;
        let over = self.recent.iter().take_while(|then| is_over(then)).count();
        self.recent.drain(..over);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_window_agrees_with_counting_all_panics(
            allowed in 0_usize..5,
            length in 1_u64..50,
            gaps in prop::collection::vec(0_u64..30, 0..60),
        ) {
            let start = Instant::now();
            let mut window = Window::new(allowed, Duration::from_millis(length));
            let (mut at, mut all) = (0, Vec::new());
            for gap in gaps {
                at += gap;
                all.push(at);
                let within = all.iter().filter(|&&then| at - then < length).count();
                let now = start + Duration::from_millis(at);
                prop_assert_eq!(window.record(now), within > allowed);
                prop_assert_eq!(window.recent(now), within.min(allowed + 1));
                prop_assert_eq!(window.total, all.len() as u64);
            }
        }
    }
}
