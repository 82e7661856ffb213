use crate::{BoxError, Problem};
use http::StatusCode;
use std::{borrow::Cow, error::Error as StdError, fmt, panic::Location};

/// What [`Error`](crate::Error) is in a [`BoxError`](crate::BoxError), and in
/// the extensions of a response.
#[derive(Debug)]
pub(crate) struct Inner {
    /// Its status is that of the problem only if `is_status_set`.
    pub(super) problem: Problem,
    is_status_set: bool,
    pub(super) message: Option<Cow<'static, str>>,
    pub(super) source: Option<BoxError>,
    pub(crate) location: &'static Location<'static>,
}

impl Inner {
    pub(super) fn at(location: &'static Location<'static>) -> Self {
        Self {
            problem: Problem::new(StatusCode::INTERNAL_SERVER_ERROR),
            is_status_set: false,
            message: None,
            source: None,
            location,
        }
    }

    pub(super) fn set_status(&mut self, status: StatusCode) {
        self.problem.status = status;
        self.is_status_set = true;
    }

    pub(crate) fn status(&self) -> Option<StatusCode> {
        self.is_status_set.then_some(self.problem.status)
    }

    /// The problem that it is, over what its source was `mapped` to.
    pub(crate) fn to_problem(&self, mapped: Option<Problem>) -> Problem {
        let mut problem = self.problem.clone();
        let Some(mapped) = mapped.filter(|_| !self.is_status_set) else {
            return problem;
        };
        problem.status = mapped.status;
        problem.type_uri = problem.type_uri.or(mapped.type_uri);
        problem.title = problem.title.or(mapped.title);
        problem.detail = problem.detail.or(mapped.detail);
        problem.extensions.extend(mapped.extensions);
        for (name, value) in &mapped.headers {
            if !self.problem.headers.contains_key(name) {
                problem.headers.append(name, value.clone());
            }
        }
        problem
    }

    pub(super) fn push_context(&mut self, message: Cow<'static, str>) {
        if let Some(earlier) = self.message.take() {
            self.source = Some(Box::new(Context {
                message: earlier,
                source: self.source.take(),
            }));
        }
        self.message = Some(message);
    }
}

impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.message, &self.source, &self.problem.detail) {
            (Some(message), _, _) => f.write_str(message),
            (_, Some(source), _) => source.fmt(f),
            (_, _, Some(detail)) => f.write_str(detail),
            _ => f.write_str(self.problem.title_or_reason()),
        }
    }
}

impl StdError for Inner {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Whether an error is a layer of [`Error`](crate::Error) around its source.
#[cfg(feature = "hyper")]
pub(crate) fn is_ours(error: &(dyn StdError + 'static)) -> bool {
    error.is::<Inner>() || error.is::<Context>()
}

/// A message that another one was put over.
#[derive(Debug)]
struct Context {
    message: Cow<'static, str>,
    source: Option<BoxError>,
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Context {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
