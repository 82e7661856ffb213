use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// When the layer drops to [`Level::Fast`](crate::Level::Fast).
///
/// A busy process gains more by answering sooner than by a few per cent of
/// size, and slow compression is what keeps it busy.
#[derive(Clone)]
pub struct Adaptive {
    signal: Signal,
}

#[derive(Clone)]
enum Signal {
    Share(Arc<Share>),
    Custom(Arc<dyn Fn() -> bool + Send + Sync>),
}

/// The share of all cores' time that compression takes, over windows of
/// [`WINDOW`].
struct Share {
    busy: AtomicBool,
    cores: u32,
    window: Mutex<Window>,
}

struct Window {
    started: Instant,
    spent: Duration,
}

const WINDOW: Duration = Duration::from_millis(250);
/// Above this share (in per cent) the fast level is taken …
const ENTER: u32 = 50;
/// … and below this one it is left: far enough apart that the drop itself,
/// which may cost a third of the time only, does not at once undo itself.
const LEAVE: u32 = 10;

impl Adaptive {
    /// Busy is when compression by this layer took over half of the time of
    /// all cores in the last 250 ms, until it takes less than a tenth.
    #[must_use]
    pub fn by_share() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            signal: Signal::Share(Arc::new(Share {
                busy: AtomicBool::new(false),
                cores: u32::try_from(cores).unwrap_or(u32::MAX),
                window: Mutex::new(Window {
                    started: Instant::now(),
                    spent: Duration::ZERO,
                }),
            })),
        }
    }

    /// Busy is when `busy` says so. It is asked once per encoded response, so
    /// it should do no more than read a value that something else keeps, and
    /// should have a hysteresis of its own.
    #[must_use]
    pub fn when(busy: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self {
            signal: Signal::Custom(Arc::new(busy)),
        }
    }

    pub(crate) fn is_busy(&self) -> bool {
        match &self.signal {
            Signal::Share(share) => share.busy.load(Relaxed),
            Signal::Custom(busy) => busy(),
        }
    }

    pub(crate) fn spent(&self, time: Duration, now: Instant) {
        if let Signal::Share(share) = &self.signal {
            share.spent(time, now);
        }
    }
}

impl Share {
    fn spent(&self, time: Duration, now: Instant) {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        window.spent += time;
        let elapsed = now.saturating_duration_since(window.started);
        if elapsed < WINDOW {
            return;
        }
        let threshold = if self.busy.load(Relaxed) {
            LEAVE
        } else {
            ENTER
        };
        let busy =
            window.spent.saturating_mul(100) > elapsed.saturating_mul(self.cores * threshold);
        self.busy.store(busy, Relaxed);
        *window = Window {
            started: now,
            spent: Duration::ZERO,
        };
    }
}

impl fmt::Debug for Adaptive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Adaptive")
            .field("busy", &self.is_busy())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_turns_busy_and_calm_at_different_shares() {
        let adaptive = Adaptive::by_share();
        let Signal::Share(share) = &adaptive.signal else {
            unreachable!("made by `by_share`");
        };
        let mut now = Instant::now();
        let mut after_window_at = |per_cent: u32| {
            now += WINDOW;
            adaptive.spent(WINDOW * share.cores * per_cent / 100, now);
            adaptive.is_busy()
        };
        // The first window began with the layer, a little before `now`.
        assert!(!after_window_at(40));
        assert!(after_window_at(60));
        assert!(
            after_window_at(30),
            "between the two shares nothing changes"
        );
        assert!(!after_window_at(5));
        assert!(
            !after_window_at(30),
            "between the two shares nothing changes"
        );
    }
}
