use crate::{CatchPanic, PanicBudget, Report, guard, reporter::Reporter};
use std::sync::Arc;
use tower_layer::Layer;

/// Answers panics alone; the inner service's error type passes through.
///
/// It keeps nothing of the request, and so costs a fifth of
/// [`ErrorLayer`](crate::ErrorLayer): its answer is `application/problem+json`
/// for everybody, and its reports have neither method, route nor id. That layer
/// does the whole job.
///
/// ```
/// use buttress_error::CatchPanicLayer;
///
/// let layer = CatchPanicLayer::new().on_report(|report| eprintln!("{}", report.message()));
/// # let _ = layer;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct CatchPanicLayer {
    config: Arc<Config>,
}

/// The settings, and what requests share.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) enabled: bool,
    pub(crate) reporter: Reporter,
}

impl Default for CatchPanicLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl CatchPanicLayer {
    /// A layer that answers panics with 500 and reports them.
    pub fn new() -> Self {
        guard::warn_if_panics_abort();
        Self {
            config: Arc::new(Config {
                enabled: true,
                reporter: Reporter::default(),
            }),
        }
    }

    /// Off, the layer guards nothing and keeps its type.
    pub fn enabled(self, enabled: bool) -> Self {
        self.with(|config| config.enabled = enabled)
    }

    /// What to do with each report besides the event; see
    /// [`ErrorLayer::on_report`](crate::ErrorLayer::on_report).
    pub fn on_report(self, on_report: impl Fn(&Report) + Send + Sync + 'static) -> Self {
        self.with(|config| config.reporter.on_report = Some(Arc::new(on_report)))
    }

    /// How many panics are too many.
    pub fn panic_budget(self, budget: PanicBudget) -> Self {
        self.with(|config| config.reporter.budget = Some(budget))
    }

    fn with(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(Arc::make_mut(&mut self.config));
        self
    }
}

impl<S> Layer<S> for CatchPanicLayer {
    type Service = CatchPanic<S>;

    fn layer(&self, inner: S) -> Self::Service {
        let config = self.config.enabled.then(|| Arc::clone(&self.config));
        CatchPanic::new(inner, config)
    }
}
