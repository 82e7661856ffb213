//! Errors as clients see them: the model, and its forms on the wire.

mod grpc;
mod headers;
mod html;
mod json;
mod negotiate;
mod render;
mod text;
mod value;

pub use negotiate::Format;
pub use render::{Page, Rendered};
pub use value::Value;

pub(crate) use headers::{Cookies, strip_description, strip_for_server_error};
pub(crate) use render::{Wanted, render};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use std::borrow::Cow;

/// What a client is told of an error: the model of RFC 9457, and header fields
/// to send along. All of it is public.
///
/// ```
/// use buttress_error::Problem;
/// use http::StatusCode;
///
/// let problem = Problem::new(StatusCode::FORBIDDEN)
///     .type_uri("https://example.com/probs/out-of-credit")
///     .title("You do not have enough credit")
///     .detail("Your balance is 30, but that costs 50")
///     .extension("balance", 30);
/// # let _ = problem;
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[must_use]
pub struct Problem {
    /// The status of the response, and the member `status`.
    pub status: StatusCode,
    /// The member `type`, a URI that names the kind of problem; `about:blank`
    /// where there is none.
    pub type_uri: Option<Cow<'static, str>>,
    /// The member `title`; the status's reason phrase where there is none.
    pub title: Option<Cow<'static, str>>,
    /// The member `detail`: what is particular to this occurrence.
    pub detail: Option<Cow<'static, str>>,
    /// The member `instance`, a URI that names this occurrence.
    pub instance: Option<Cow<'static, str>>,
    /// Further members, in the order in which they are written.
    pub extensions: Vec<(Cow<'static, str>, Value)>,
    /// Header fields of the response, such as `Retry-After`.
    pub headers: HeaderMap,
}

impl Problem {
    /// A problem of which no more is said than its status.
    pub fn new(status: StatusCode) -> Self {
        Self {
            status,
            type_uri: None,
            title: None,
            detail: None,
            instance: None,
            extensions: Vec::new(),
            headers: HeaderMap::new(),
        }
    }

    /// Sets the member `type`.
    pub fn type_uri(mut self, uri: impl Into<Cow<'static, str>>) -> Self {
        self.type_uri = Some(uri.into());
        self
    }

    /// Sets the member `title`.
    pub fn title(mut self, title: impl Into<Cow<'static, str>>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets the member `detail`.
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Sets the member `instance`.
    pub fn instance(mut self, uri: impl Into<Cow<'static, str>>) -> Self {
        self.instance = Some(uri.into());
        self
    }

    /// Adds a member. One that has the name of a member of RFC 9457, or of
    /// `request_id` or `debug`, which the layer writes, is not shown.
    pub fn extension(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Value>,
    ) -> Self {
        self.extensions.push((name.into(), value.into()));
        self
    }

    /// Adds a header field to the response.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// The title, or the reason phrase of the status.
    #[must_use]
    pub fn title_or_reason(&self) -> &str {
        let reason = || self.status.canonical_reason().unwrap_or("Error");
        self.title.as_deref().unwrap_or_else(reason)
    }

    /// Without what says more than the status and the type of the problem.
    pub(crate) fn without_detail(mut self) -> Self {
        self.detail = None;
        self.instance = None;
        self.extensions.clear();
        self
    }
}

impl From<StatusCode> for Problem {
    fn from(status: StatusCode) -> Self {
        Self::new(status)
    }
}
