//! In whose name something is guarded: what differs between the two layers.

use crate::{
    Phase, Report, catch_panic,
    cause::Cause,
    current,
    guard::{self, Panic},
    request::RequestInfo,
};
use http::StatusCode;
use std::{mem, sync::Arc};

/// Guards work, and reports what a guarded body or drop met.
pub(crate) trait Scope {
    /// Runs `work`, and gives back its panic.
    fn run(&mut self, work: impl FnOnce(&Self)) -> Option<Box<Panic>>;

    /// Whether it guards at all: not where the layer is switched off.
    fn is_on(&self) -> bool;

    /// Asks something that takes no time and changes nothing, such as a size. A
    /// panic is reported, and answered with `otherwise`.
    #[inline]
    fn ask<T>(&self, otherwise: T, question: impl FnOnce() -> T) -> T {
        if !self.is_on() {
            return question();
        }
        let mut answer = otherwise;
        if let Some(panic) = guard::catch(|| answer = question()) {
            self.report(Phase::Body, &Cause::Panic(panic));
        }
        answer
    }

    /// Whether the connection carries other streams, on other tasks.
    fn is_multiplexed(&self) -> bool;

    /// Reports what cannot be answered any more, once.
    fn report(&self, phase: Phase, cause: &Cause);
}

/// A request of [`ErrorLayer`](crate::ErrorLayer).
#[derive(Clone, Debug)]
pub(crate) struct RequestScope {
    /// Absent while `run` has made it the current request, and where the layer
    /// is switched off.
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

    /// The scope of what comes after; this one guards nothing any more.
    pub(crate) fn take(&mut self) -> Self {
        mem::replace(self, Self::off())
    }

    pub(crate) fn info(&self) -> Option<&Arc<RequestInfo>> {
        self.info.as_ref()
    }
}

impl Scope for RequestScope {
    #[inline]
    fn run(&mut self, work: impl FnOnce(&Self)) -> Option<Box<Panic>> {
        let Some(info) = self.info.take() else {
            work(self);
            return None;
        };
        // Moved there and back, which is cheaper than to share it.
        let outer = current::swap(Some(info));
        let panic = guard::catch(|| work(self));
        self.info = current::swap(outer);
        panic
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
        let panic = guard::catch(|| {
            let mut report = Report::new(phase, cause, Some(info));
            if let Some(status) = self.status {
                report = report.answered(status);
            }
            info.config().reporter.send(report);
        });
        drop(panic);
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

impl Scope for PanicScope {
    #[inline]
    fn run(&mut self, work: impl FnOnce(&Self)) -> Option<Box<Panic>> {
        if self.config.is_none() {
            work(self);
            return None;
        }
        guard::catch(|| work(self))
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
