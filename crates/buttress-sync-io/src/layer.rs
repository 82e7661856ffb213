use crate::{Counters, Grace, Kind, Mode, Report, SyncIo, config::Config, detector::Handle};
use http::Extensions;
use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tower_layer::Layer;

/// Finds what blocks the workers in the service inside. See the
/// [crate docs](crate).
///
/// Nothing is started before the first service is made of it. From then on its
/// settings are kept until the process ends.
#[derive(Clone)]
#[must_use]
pub struct SyncIoLayer {
    shared: Arc<Shared>,
}

struct Shared {
    config: Config,
    counters: Arc<Counters>,
    /// Made when it is first used.
    handle: OnceLock<Handle>,
}

impl SyncIoLayer {
    /// Looks for as much as `mode` says, which is the app's to choose: the layer
    /// reads no environment.
    pub fn new(mode: Mode) -> Self {
        Self::of(Config::new(mode))
    }

    /// Off, the layer only forwards.
    pub fn enabled(self, enabled: bool) -> Self {
        if enabled {
            return self;
        }
        self.with(|config| config.mode = Mode::Off)
    }

    /// For how long a poll may hold its worker: 20 ms by default, a millisecond
    /// at least. It is looked at every 5 ms, so what is shorter than the budget
    /// and 10 ms may go unseen.
    pub fn budget(self, budget: Duration) -> Self {
        self.with(|config| config.budget = budget.max(Duration::from_millis(1)))
    }

    /// How long a lock may be waited for before [`Mode::Exact`] reports it: 5 ms
    /// by default. Shorter waits are what locks are for. While the host is short
    /// of CPU, and threads wait for one for a tenth of the time, it is ten times as
    /// long, and a hundred times from a half on: who holds a lock may have been put
    /// aside.
    pub fn lock_threshold(self, threshold: Duration) -> Self {
        self.with(|config| config.lock_threshold = threshold)
    }

    /// What is let go at the start; nothing by default.
    pub fn grace(self, grace: Grace) -> Self {
        self.with(|config| config.grace = grace)
    }

    /// Reports nothing of this kind.
    pub fn allow_kind(self, kind: Kind) -> Self {
        self.with(|config| config.allowed = config.allowed.with(kind))
    }

    /// Reports nothing from inside of functions whose path begins so:
    /// `my_app::legacy::`, or `rusqlite`.
    ///
    /// A function that was inlined is known by its last name alone where there are
    /// line tables and no more, and not at all without: then no path is found to begin
    /// so, and what it does is reported. In an optimised build mark the one that others
    /// call with `#[inline(never)]`, or build with `debug = "limited"`.
    pub fn allow_inside(self, path: impl Into<Box<str>>) -> Self {
        let path = path.into();
        self.with(|config| config.allowed_inside.push(path))
    }

    /// Where the route of a request is found, for reports and counters. With the
    /// feature `axum` it is its `MatchedPath` by default.
    pub fn route(
        self,
        route: impl Fn(&Extensions) -> Option<&str> + Send + Sync + 'static,
    ) -> Self {
        self.with(|config| config.route = Some(Arc::new(route)))
    }

    /// Called with each report, on the reporter's thread: it may block, and then
    /// others wait.
    pub fn on_report(self, on_report: impl Fn(&Report) + Send + Sync + 'static) -> Self {
        self.with(|config| config.on_report = Some(Arc::new(on_report)))
    }

    /// Whether reports are also warnings of tracing, target `buttress_sync_io`;
    /// they are by default.
    pub fn log(self, log: bool) -> Self {
        self.with(|config| config.log = log)
    }

    /// How many reports there may be in a minute: 60 by default. Beyond it they
    /// are only counted.
    pub fn rate_limit(self, reports: u32) -> Self {
        self.with(|config| config.rate = reports)
    }

    /// What was found so far, for metrics.
    #[must_use]
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.shared.counters)
    }

    pub(crate) fn handle(&self) -> Handle {
        let Shared {
            config, counters, ..
        } = &*self.shared;
        let make = || Handle::new(config, counters);
        *self.shared.handle.get_or_init(make)
    }

    fn of(config: Config) -> Self {
        Self {
            shared: Arc::new(Shared {
                config,
                counters: Arc::default(),
                handle: OnceLock::new(),
            }),
        }
    }

    /// A layer that was cloned before goes on as it was.
    fn with(self, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = self.shared.config.clone();
        change(&mut config);
        Self::of(config)
    }
}

impl fmt::Debug for SyncIoLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Config { mode, budget, .. } = &self.shared.config;
        f.debug_struct("SyncIoLayer")
            .field("mode", mode)
            .field("budget", budget)
            .finish_non_exhaustive()
    }
}

impl<S> Layer<S> for SyncIoLayer {
    type Service = SyncIo<S>;

    fn layer(&self, inner: S) -> SyncIo<S> {
        SyncIo::new(inner, self.handle())
    }
}
