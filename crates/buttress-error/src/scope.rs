//! In whose name something is guarded: what differs between the two layers.

use crate::{
    Phase, Report, catch_panic,
    cause::Cause,
    current,
    guard::{self, Panic},
    request::RequestInfo,
};
use http::StatusCode;
use std::sync::Arc;

/// Guards work, and reports what a guarded body or drop met.
pub(crate) trait Scope: Clone {
    /// Runs `work`; its panic comes back.
    fn run<T>(&mut self, work: impl FnOnce() -> T) -> Result<T, Box<Panic>>;

    /// Whether it guards at all: not where the layer is switched off.
    fn is_on(&self) -> bool;

    /// Asks something that takes no time and changes nothing, such as a size. A
    /// panic is reported, and answered with `otherwise`.
    #[inline]
    fn ask<T>(&self, otherwise: T, question: impl FnOnce() -> T) -> T {
        match guard::catch_unless(!self.is_on(), question) {
            Ok(answer) => answer,
            Err(panic) => {
                self.report(Phase::Body, &Cause::Panic(panic));
                otherwise
            }
        }
    }

    /// Whether the connection carries other streams, on other tasks.
    fn is_multiplexed(&self) -> bool;

    /// Reports what cannot be answered any more, once.
    fn report(&self, phase: Phase, cause: &Cause);

    /// Reports the panic of a drop.
    #[cold]
    #[inline(never)]
    fn report_drop(&self, panic: Box<Panic>) {
        self.report(Phase::Drop, &Cause::Panic(panic));
    }
}

/// A request of [`ErrorLayer`](crate::ErrorLayer).
#[derive(Clone, Debug)]
pub(crate) struct RequestScope {
    /// Absent where the layer is switched off. While `run` has made it the
    /// current request, that of the layer further out.
    info: Option<Arc<RequestInfo>>,
    /// What was answered, if it was.
    pub(crate) status: Option<StatusCode>,
}

impl RequestScope {
    pub(crate) fn new(info: Arc<RequestInfo>) -> Self {
        Self {
            info: Some(info),
            status: None,
        }
    }

    /// Guards nothing.
    pub(crate) fn off() -> Self {
        Self {
            info: None,
            status: None,
        }
    }

    pub(crate) fn info(&self) -> Option<&Arc<RequestInfo>> {
        self.info.as_ref()
    }
}

impl Scope for RequestScope {
    #[inline]
    fn run<T>(&mut self, work: impl FnOnce() -> T) -> Result<T, Box<Panic>> {
        let is_off = !self.is_on();
        let _entered = (!is_off).then(|| current::enter(&mut self.info));
        guard::catch_unless(is_off, work)
    }

    #[inline]
    fn is_on(&self) -> bool {
        self.info.is_some()
    }

    fn is_multiplexed(&self) -> bool {
        self.info().is_some_and(|info| info.is_multiplexed())
    }

    #[cold]
    fn report(&self, phase: Phase, cause: &Cause) {
        let Some(info) = self.info() else { return };
        // The texts of errors are made by the app's code, which may panic.
        let result = guard::catch(|| {
            let mut report = Report::new(phase, cause, Some(info));
            if let Some(status) = self.status {
                report = report.answered(status);
            }
            info.config().reporter.send(report);
        });
        drop(result);
    }
}

/// A request of [`CatchPanicLayer`](crate::CatchPanicLayer), of which nothing is
/// known.
#[derive(Clone, Debug)]
pub(crate) struct PanicScope {
    /// Absent where the layer is switched off.
    pub(crate) config: Option<Arc<catch_panic::Config>>,
    pub(crate) is_multiplexed: bool,
}

impl PanicScope {
    /// Guards nothing.
    pub(crate) fn off() -> Self {
        Self {
            config: None,
            is_multiplexed: false,
        }
    }
}

impl Scope for PanicScope {
    #[inline]
    fn run<T>(&mut self, work: impl FnOnce() -> T) -> Result<T, Box<Panic>> {
        guard::catch_unless(!self.is_on(), work)
    }

    #[inline]
    fn is_on(&self) -> bool {
        self.config.is_some()
    }

    fn is_multiplexed(&self) -> bool {
        self.is_multiplexed
    }

    #[cold]
    fn report(&self, phase: Phase, cause: &Cause) {
        // Errors pass through this layer, and are not its business.
        if let (Some(config), Some(_)) = (&self.config, cause.panic()) {
            config.reporter.send(Report::new(phase, cause, None));
        }
    }
}
