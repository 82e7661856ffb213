use crate::{Kind, PanicBudget, Report, background, guard};
use std::{fmt, sync::Arc};
use tracing::{Dispatch, Span, dispatcher};

pub(crate) type OnReport = Arc<dyn Fn(&Report) + Send + Sync>;

/// Where reports go.
#[derive(Clone, Default)]
pub(crate) struct Reporter {
    pub(crate) on_report: Option<OnReport>,
    pub(crate) budget: Option<PanicBudget>,
}

impl Reporter {
    /// Sends a report, and counts it if it is of a panic.
    #[cold]
    pub(crate) fn send(&self, report: Report) {
        let kind = report.kind();
        self.emit(report);
        if let (Kind::Panic, Some(budget)) = (kind, &self.budget) {
            budget.record_panic();
        }
    }

    /// For what tower says a service does not recover from.
    pub(crate) fn trip(&self) {
        if let Some(budget) = &self.budget {
            budget.trip();
        }
    }

    fn emit(&self, report: Report) {
        let emission = Emission {
            report,
            on_report: self.on_report.clone(),
        };
        if emission.report.is_resolved() {
            emission.emit();
        } else {
            emission.emit_resolved();
        }
    }
}

struct Emission {
    report: Report,
    on_report: Option<OnReport>,
}

impl Emission {
    /// On another thread, which looks the names of the backtrace up first; in
    /// the span and for the subscriber of this one.
    fn emit_resolved(self) {
        let dispatch = dispatcher::get_default(Dispatch::clone);
        let span = Span::current();
        let emission = Arc::new(self);
        let job = {
            let emission = Arc::clone(&emission);
            move || {
                emission.report.resolve();
                dispatcher::with_default(&dispatch, || span.in_scope(|| emission.emit()));
            }
        };
        if !background::run(Box::new(job)) {
            emission.emit();
        }
    }

    fn emit(&self) {
        trace(&self.report);
        if let Some(on_report) = &self.on_report {
            if guard::catch(|| on_report(&self.report)).is_err() {
                tracing::error!(target: "buttress_error", "on_report panicked");
            }
        }
    }
}

fn trace(report: &Report) {
    // Whoever subscribes may panic as well.
    let result = guard::catch(|| {
        if report.is_client_error() {
            event(report, tracing::Level::DEBUG);
        } else {
            event(report, tracing::Level::ERROR);
        }
    });
    drop(result);
}

fn event(report: &Report, level: tracing::Level) {
    // Levels are constants of the event, so there are two.
    macro_rules! emit {
        ($level:ident) => {
            tracing::$level!(
                target: "buttress_error",
                phase = report.phase().as_str(),
                kind = report.kind().as_str(),
                location = report.location(),
                backtrace = backtrace(report),
                source_chain = source_chain(report).as_deref(),
                request_id = report.request_id(),
                method = report.method().map(http::Method::as_str),
                route = report.method().map(|_| report.route().unwrap_or("unmatched")),
                status = report.status().map(|status| status.as_u16()),
                "{}",
                report.message()
            )
        };
    }
    if level == tracing::Level::DEBUG {
        emit!(debug);
    } else {
        emit!(error);
    }
}

fn backtrace(report: &Report) -> Option<&str> {
    let unresolved = report
        .backtrace()
        .map(|_| "unresolved: too many panics at once");
    report.resolved_backtrace().or(unresolved)
}

fn source_chain(report: &Report) -> Option<String> {
    let chain = report.source_chain();
    (!chain.is_empty()).then(|| chain.join(": "))
}

impl fmt::Debug for Reporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reporter")
            .field("budget", &self.budget)
            .finish_non_exhaustive()
    }
}
