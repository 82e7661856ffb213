use crate::{backtrace::Trace, cause::Cause, chain, error::Inner, request::RequestInfo};
use http::{Method, StatusCode};
use std::{backtrace::Backtrace, sync::Arc};

/// Where in the life of a request something went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// `Service::call`, which makes the future of the response.
    Call,
    /// That future, which is most of a handler.
    Future,
    /// The body of the response.
    Body,
    /// `Service::poll_ready`.
    Ready,
    /// The drop of the future or of the body.
    Drop,
    /// A task that the handler spawned
    /// [in the request](crate::CurrentRequestExt::in_current_request).
    Task,
}

impl Phase {
    /// The name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Future => "future",
            Self::Body => "body",
            Self::Ready => "ready",
            Self::Drop => "drop",
            Self::Task => "task",
        }
    }
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A panic, which was caught.
    Panic,
    /// An error, which was returned.
    Error,
}

impl Kind {
    /// The name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Panic => "panic",
            Self::Error => "error",
        }
    }
}

/// All that is known of one failure: for the app's eyes, not for the client's.
///
/// A layer makes one for each failure; see the [crate docs](crate#reports).
#[derive(Clone, Debug)]
pub struct Report {
    phase: Phase,
    kind: Kind,
    message: String,
    location: Option<String>,
    trace: Option<Arc<Trace>>,
    chain: Vec<String>,
    request_id: Option<String>,
    method: Option<Method>,
    route: Option<String>,
    status: Option<StatusCode>,
}

impl Report {
    pub(crate) fn new(phase: Phase, cause: &Cause, info: Option<&RequestInfo>) -> Self {
        let error = cause.error();
        Self {
            phase,
            kind: cause.kind(),
            message: cause.message(),
            location: location(cause),
            trace: cause
                .panic()
                .and_then(|panic| Some(panic.note.as_ref()?.trace.clone())),
            chain: error.map(chain::texts).unwrap_or_default(),
            request_id: info.and_then(RequestInfo::id).map(str::to_owned),
            method: info.map(|info| info.method().clone()),
            route: info.and_then(RequestInfo::route).map(str::to_owned),
            status: None,
        }
    }

    pub(crate) fn answered(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    /// Looks the names of the backtrace up, which takes its time.
    pub(crate) fn resolve(&self) {
        if let Some(trace) = &self.trace {
            trace.resolve();
        }
    }

    pub(crate) fn is_resolved(&self) -> bool {
        self.trace
            .as_ref()
            .is_none_or(|trace| trace.resolved().is_some())
    }
}

impl Report {
    /// Where in the life of the request it happened.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether it was a panic or an error.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The text of the panic, or of the error.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// `file:line` of the panic, if
    /// [`install_panic_hook`](crate::install_panic_hook) was called; of an
    /// [`Error`](crate::Error) where it was made.
    #[must_use]
    pub fn location(&self) -> Option<&str> {
        self.location.as_deref()
    }

    /// The backtrace of a panic, if
    /// [`install_panic_hook`](crate::install_panic_hook) was called. To print it
    /// looks its names up, if that was not done.
    #[must_use]
    pub fn backtrace(&self) -> Option<&Backtrace> {
        self.trace.as_ref().map(|trace| trace.raw())
    }

    /// The text of the backtrace, from the panicking function outwards; `None`
    /// where there is none, or where its names were not looked up because too
    /// many panics came at once.
    #[must_use]
    pub fn resolved_backtrace(&self) -> Option<&str> {
        self.trace.as_ref()?.resolved()
    }

    /// The texts of the error's sources, the nearest first.
    #[must_use]
    pub fn source_chain(&self) -> &[String] {
        &self.chain
    }

    /// The correlation id, which the client was told.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The method of the request; `None` where there was none
    /// ([`CatchPanicLayer`](crate::CatchPanicLayer) does not look).
    #[must_use]
    pub fn method(&self) -> Option<&Method> {
        self.method.as_ref()
    }

    /// The route that the request matched, as
    /// [`ErrorLayer::route`](crate::ErrorLayer::route) knows it.
    #[must_use]
    pub fn route(&self) -> Option<&str> {
        self.route.as_deref()
    }

    /// The status that was sent, also where the body broke off after it; `None`
    /// where none was sent, because the client had gone.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.status
    }

    /// Whether the client is to blame: an error that was answered with a 4xx.
    #[must_use]
    pub fn is_client_error(&self) -> bool {
        self.kind == Kind::Error && self.status.is_some_and(|status| status.is_client_error())
    }
}

fn location(cause: &Cause) -> Option<String> {
    if let Some(panic) = cause.panic() {
        return Some(panic.note.as_ref()?.location.as_deref()?.to_owned());
    }
    let inner: &Inner = chain::find(cause.error()?)?;
    Some(format!(
        "{}:{}",
        inner.location.file(),
        inner.location.line()
    ))
}
