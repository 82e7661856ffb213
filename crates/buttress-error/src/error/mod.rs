//! The error that handlers propagate with `?`.

#[cfg(feature = "axum")]
mod axum;
mod ext;
mod inner;
mod shorthand;

pub use ext::{BoxedExt, OptionExt, ResultExt};
pub(crate) use inner::Inner;
#[cfg(feature = "hyper")]
pub(crate) use inner::is_ours;

use crate::{BoxError, Value};
use http::{HeaderName, HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use std::{
    borrow::Cow,
    error::Error as StdError,
    fmt::{self, Display},
    panic::Location,
    sync::Arc,
};

/// Any error, and what the client may know of it.
///
/// Two sides are kept apart. Private are the message, the source and the place:
/// they go into the report. Public are the status, the `detail`, the type URI,
/// the extensions and the header fields: they go into the response. Of a 5xx
/// the client is told only the status, the title and the type, whatever else is
/// set.
///
/// Every `std::error::Error` becomes one by `?`, which notes the place (one in a
/// box, or anyhow's, by [`boxed`](BoxedExt::boxed)); a status
/// that nobody set is found by [`ErrorLayer::map`](crate::ErrorLayer::map) and
/// the mappings that are there from the start, and is 500 otherwise. As with
/// anyhow's, this is why it is no `std::error::Error` itself; it converts into
/// [`BoxError`](crate::BoxError), which can be asked for its sources.
///
/// ```
/// use buttress_error::{Error, OptionExt, ResultExt};
/// use http::StatusCode;
///
/// fn price(text: &str) -> Result<u32, Error> {
///     let (_, price) = text.split_once('=').or_status(StatusCode::NOT_FOUND)?;
///     let price = price
///         .parse()
///         .context("parsing a price")
///         .with_status(StatusCode::UNPROCESSABLE_ENTITY)
///         .public("a price is a whole number")?;
///     Ok(price)
/// }
///
/// let error = price("tea=many").unwrap_err();
/// assert_eq!(error.status(), Some(StatusCode::UNPROCESSABLE_ENTITY));
/// assert_eq!(error.to_string(), "parsing a price");
/// assert!(error.location().file().ends_with(".rs"));
/// ```
#[must_use]
pub struct Error {
    // Boxed, because `Result`s of it are everywhere.
    inner: Box<Inner>,
}

impl Error {
    /// An error of which nothing is known but its status.
    #[track_caller]
    pub fn new(status: StatusCode) -> Self {
        let mut inner = Inner::at(Location::caller());
        inner.set_status(status);
        Self::from_inner(inner)
    }

    /// An error with a private message.
    #[track_caller]
    pub fn msg(message: impl Into<Cow<'static, str>>) -> Self {
        let mut inner = Inner::at(Location::caller());
        inner.message = Some(message.into());
        Self::from_inner(inner)
    }

    /// An error that is in a box already, or that is only a text. Of a `Result`,
    /// [`boxed`](BoxedExt::boxed) makes it, and knows the place; `map_err` of this
    /// would not.
    ///
    /// An `Error` that was made into a box is what it was before.
    #[doc(alias = "anyhow")]
    #[track_caller]
    pub fn from_boxed(source: impl Into<BoxError>) -> Self {
        match source.into().downcast::<Inner>() {
            Ok(inner) => Self { inner },
            Err(source) => {
                let mut inner = Inner::at(Location::caller());
                inner.source = Some(source);
                Self::from_inner(inner)
            }
        }
    }

    fn from_inner(inner: Inner) -> Self {
        Self {
            inner: Box::new(inner),
        }
    }
}

/// What it is.
impl Error {
    /// Says what was being done: the message from now on, with what was the
    /// message as its source. Private.
    pub fn context(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.inner.push_context(message.into());
        self
    }

    /// Sets the status, whatever the source would be mapped to.
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.inner.set_status(status);
        self
    }

    /// Sets the detail that the client of a 4xx sees.
    pub fn public(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.inner.problem.detail = Some(detail.into());
        self
    }

    /// Sets the type URI of the problem (RFC 9457 §3.1.1). Public.
    pub fn type_uri(mut self, uri: impl Into<Cow<'static, str>>) -> Self {
        self.inner.problem.type_uri = Some(uri.into());
        self
    }

    /// Sets the title that goes with the type URI. Public.
    pub fn title(mut self, title: impl Into<Cow<'static, str>>) -> Self {
        self.inner.problem.title = Some(title.into());
        self
    }

    /// Adds a member to the problem. Public.
    pub fn extension(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Value>,
    ) -> Self {
        self.inner
            .problem
            .extensions
            .push((name.into(), value.into()));
        self
    }

    /// Adds a header field to the response, such as `Retry-After`. Public, also
    /// with a 5xx.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.inner.problem.headers.append(name, value);
        self
    }

    /// Sets the private source.
    pub fn caused_by(mut self, source: impl Into<BoxError>) -> Self {
        self.inner.source = Some(source.into());
        self
    }
}

/// What is known of it.
impl Error {
    /// The status, if it was set.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.inner.status()
    }

    /// Where it was made, or where `?` converted it.
    #[must_use]
    pub fn location(&self) -> &'static Location<'static> {
        self.inner.location
    }

    /// The first error of a type among this one's sources.
    #[must_use]
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        crate::chain::find(self.as_std())
    }

    /// As a `std::error::Error`, which has the sources.
    #[must_use]
    pub fn as_std(&self) -> &(dyn StdError + Send + Sync + 'static) {
        &*self.inner
    }

    /// A response with the status, the header fields and a line of text, and
    /// with the error in its extensions, where
    /// [`ErrorLayer`](crate::ErrorLayer) finds it, reports it and renders it in
    /// the form that the client asks for. Without the layer the line goes out,
    /// which says no more than a client may know.
    ///
    /// `IntoResponse` of axum, behind the feature `axum`, is this.
    #[must_use]
    pub fn into_http<B: From<String>>(self) -> Response<B> {
        let problem = self.inner.to_problem(None);
        let mut line = match &problem.detail {
            Some(detail) if !problem.status.is_server_error() => detail.to_string(),
            _ => problem.title_or_reason().to_owned(),
        };
        line.push('\n');
        let mut response = Response::new(line.into());
        *response.status_mut() = problem.status;
        *response.headers_mut() = problem.headers;
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, text);
        let attached: Arc<Inner> = Arc::from(self.inner);
        response.extensions_mut().insert(attached);
        response
    }
}

impl<E> From<E> for Error
where
    E: StdError + Send + Sync + 'static,
{
    #[track_caller]
    fn from(source: E) -> Self {
        let mut inner = Inner::at(Location::caller());
        inner.source = Some(Box::new(source));
        Self::from_inner(inner)
    }
}

impl From<Error> for BoxError {
    fn from(error: Error) -> Self {
        error.inner
    }
}

/// The private message, or else what comes first of the source's message, the
/// public detail and the status.
impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// The message, its sources and the place, for people: it is what `main` prints.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        for source in crate::chain::texts(self.as_std()) {
            write!(f, "\n  caused by: {source}")?;
        }
        write!(f, "\n  at {}", self.location())
    }
}
