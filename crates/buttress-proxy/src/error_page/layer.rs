use super::{ErrorPages, page::Pages};
use crate::error::BoxError;
use bytes::Bytes;
use http::StatusCode;
use std::{sync::Arc, time::Duration};
use tower_layer::Layer;

/// Turns errors into responses: 502, 503 or 504, and what else
/// [`Error::status`](crate::Error::status) says.
///
/// They are problem details (RFC 9457), or HTML where there is a page for the
/// status and the client takes HTML, and are never stored. Responses are passed,
/// those of status 500 and above as well, unless [`replace`](Self::replace) says so. `Error` becomes
/// [`Infallible`](std::convert::Infallible), so this layer goes around all that
/// have something to do with errors: a cache that stands in, a balancer.
#[derive(Clone, Debug, Default)]
pub struct ErrorPageLayer {
    pages: Arc<Pages>,
}

impl ErrorPageLayer {
    /// Problem details for all, and `Retry-After: 1` with 502, 503 and 504.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Off, the layer makes no pages, replaces and reports nothing, and keeps its type.
    /// As that type has no error, one still has to become a response: its status alone.
    #[must_use]
    pub fn enabled(mut self, enabled: bool) -> Self {
        Arc::make_mut(&mut self.pages).enabled = enabled;
        self
    }

    /// A page for a status.
    #[must_use]
    pub fn html(mut self, status: StatusCode, page: impl Into<Bytes>) -> Self {
        Arc::make_mut(&mut self.pages).add(status, page.into());
        self
    }

    /// When clients may try again, in whole seconds: 1 s.
    #[must_use]
    pub fn retry_after(mut self, after: Duration) -> Self {
        Arc::make_mut(&mut self.pages).retry_after = after.as_secs();
        self
    }

    /// The status for errors that are not this crate's, such as a balancer's.
    /// Asked first; `None` leaves it to [`Error::status`](crate::Error::status)
    /// of the first of ours among the sources, or else 502.
    #[must_use]
    pub fn classify(
        mut self,
        classify: impl Fn(&BoxError) -> Option<StatusCode> + Send + Sync + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.pages).classify = Some(Arc::new(classify));
        self
    }

    /// Which responses get a page of their status instead of their body: none. A
    /// balancer's own 503, for one, whose `Retry-After` is kept.
    #[must_use]
    pub fn replace(
        mut self,
        replace: impl Fn(&http::response::Parts) -> bool + Send + Sync + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.pages).replace = Some(Arc::new(replace));
        self
    }

    /// Told of each error, before it is gone. Without it, `tracing` is, at level
    /// `WARN`, or `DEBUG` if the request was at fault.
    #[must_use]
    pub fn report(
        mut self,
        report: impl Fn(StatusCode, &BoxError) + Send + Sync + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.pages).report = Some(Arc::new(report));
        self
    }
}

impl<S> Layer<S> for ErrorPageLayer {
    type Service = ErrorPages<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ErrorPages::new(inner, self.pages.clone())
    }
}
