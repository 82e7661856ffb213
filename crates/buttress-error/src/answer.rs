//! From a failure to a response, and its report.

use crate::{
    Failure, Phase, Problem, Report,
    cause::Cause,
    error::Inner,
    guard,
    layer::Config,
    problem::{Cookies, Page, Rendered, Wanted, render, strip_description, strip_for_server_error},
    request::RequestInfo,
};
use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode, header::CONTENT_LENGTH};

/// What there was of a response when it failed.
pub(crate) struct Base {
    pub(crate) headers: HeaderMap,
    pub(crate) cookies: Cookies,
    /// The status that a handler chose for the error that it attached.
    pub(crate) status: Option<StatusCode>,
}

impl Base {
    pub(crate) fn none() -> Self {
        Self::of(HeaderMap::new(), Cookies::Drop)
    }

    pub(crate) fn of(headers: HeaderMap, cookies: Cookies) -> Self {
        Self {
            headers,
            cookies,
            status: None,
        }
    }
}

/// Answers a failure, and reports it unless that was done further in.
#[cold]
pub(crate) fn answer(
    info: &RequestInfo,
    phase: Phase,
    cause: &Cause,
    base: Base,
) -> Response<Bytes> {
    let config = info.config();
    let report = Report::new(phase, cause, Some(info));
    let (problem, is_public) = problem(config, &report, cause, base.status);
    let problem = if is_public || !problem.status.is_server_error() || config.verbose {
        problem
    } else {
        problem.without_detail()
    };
    let report = report.answered(problem.status);
    let debug = config.verbose.then_some(&report);
    let response = write(info, &problem, debug, base);
    if !cause.is_reported() {
        config.reporter.send(report);
    }
    response
}

/// Answers an error status of which no more is known than the framework's text.
#[cold]
pub(crate) fn answer_status(
    info: &RequestInfo,
    detail: Option<String>,
    base: Base,
) -> Response<Bytes> {
    let status = base.status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut problem = Problem::new(status);
    problem.detail = detail.map(Into::into);
    let mut response = write(info, &problem, None, base);
    if info.method() == Method::HEAD {
        // The text that a GET gets may be longer.
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    response
}

/// The problem, and whether a handler made it: such a one is public as it is.
fn problem(
    config: &Config,
    report: &Report,
    cause: &Cause,
    status: Option<StatusCode>,
) -> (Problem, bool) {
    let problem = known_problem(config, cause, status);
    let failure = Failure {
        report,
        error: cause.error(),
        status: problem.status,
    };
    for handler in &config.handlers {
        // A handler that panics has not answered. The failure that it was to
        // handle is the one that counts.
        let handled = guard::catch(|| handler(&failure)).unwrap_or_else(|_| {
            tracing::error!(target: "buttress_error", "an error handler panicked");
            None
        });
        if let Some(problem) = handled {
            return (problem, true);
        }
    }
    (problem, false)
}

fn known_problem(config: &Config, cause: &Cause, status: Option<StatusCode>) -> Problem {
    let internal = || Problem::new(StatusCode::INTERNAL_SERVER_ERROR);
    let Some(error) = cause.error() else {
        return internal();
    };
    let mapped = || config.mappings.find(error);
    if let Some(inner) = crate::chain::find::<Inner>(error) {
        return inner.to_problem(mapped());
    }
    match status {
        Some(status) => Problem::new(status),
        None => mapped().unwrap_or_else(internal),
    }
}

fn write(
    info: &RequestInfo,
    problem: &Problem,
    debug: Option<&Report>,
    base: Base,
) -> Response<Bytes> {
    if let Some(report) = debug {
        // In development the page shows the backtrace, so it has to wait for it.
        report.resolve();
    }
    let page = Page {
        problem,
        request_id: info.id(),
        debug,
        format: info.format(),
    };
    let mut headers = base.headers;
    strip_description(&mut headers);
    if problem.status.is_server_error() {
        strip_for_server_error(&mut headers, base.cookies);
    }
    let own = |page: &Page<'_>| own_renderer(info.config(), page);
    let wanted = if info.is_grpc() {
        Wanted::Grpc
    } else {
        Wanted::Http(&own)
    };
    let mut response = render(&page, &wanted, headers);
    if info.method() == Method::HEAD {
        *response.body_mut() = Bytes::new();
    }
    response
}

fn own_renderer(config: &Config, page: &Page<'_>) -> Option<Rendered> {
    let renderer = config.renderer.as_ref()?;
    guard::catch(|| renderer(page)).unwrap_or_else(|_| {
        tracing::error!(target: "buttress_error", "the renderer panicked");
        None
    })
}
