use crate::{Kind, Phase, Report, chain};
use http::{Method, StatusCode};
use std::error::Error as StdError;

/// A failure that is about to be answered, as
/// [`ErrorLayer::handler`](crate::ErrorLayer::handler) sees it.
#[derive(Clone, Copy, Debug)]
pub struct Failure<'a> {
    pub(crate) report: &'a Report,
    pub(crate) error: Option<&'a (dyn StdError + 'static)>,
    pub(crate) status: StatusCode,
}

impl<'a> Failure<'a> {
    /// The status that it gets unless a handler says otherwise.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The error; `None` for a panic.
    #[must_use]
    pub fn error(&self) -> Option<&'a (dyn StdError + 'static)> {
        self.error
    }

    /// The first error of a type among the error and its sources.
    #[must_use]
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&'a E> {
        chain::find(self.error?)
    }

    /// Whether it is a panic or an error.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.report.kind()
    }

    /// Where in the life of the request it happened.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.report.phase()
    }

    /// The text of the panic or the error. Private.
    #[must_use]
    pub fn message(&self) -> &'a str {
        self.report.message()
    }

    /// The method of the request.
    #[must_use]
    pub fn method(&self) -> Option<&'a Method> {
        self.report.method()
    }

    /// The route that the request matched.
    #[must_use]
    pub fn route(&self) -> Option<&'a str> {
        self.report.route()
    }

    /// The correlation id.
    #[must_use]
    pub fn request_id(&self) -> Option<&'a str> {
        self.report.request_id()
    }
}
