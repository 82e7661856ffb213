use super::{Format, Problem, grpc, html, json, text};
use crate::Report;
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Response,
    header::{CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY, X_CONTENT_TYPE_OPTIONS},
};

/// The id that an error response repeats, for those who ask support about it.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// All that a rendered error may show, for a
/// [renderer](crate::ErrorLayer::renderer) of one's own.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Page<'a> {
    /// What is public of the error.
    pub problem: &'a Problem,
    /// The correlation id, which the report has as well.
    pub request_id: Option<&'a str>,
    /// What is private of the error: there in development
    /// ([`ErrorLayer::verbose`](crate::ErrorLayer::verbose)) alone.
    pub debug: Option<&'a Report>,
    /// The form that the client asks for.
    pub format: Format,
}

/// What a renderer made of a [`Page`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Rendered {
    /// The value of `Content-Type`.
    pub content_type: HeaderValue,
    /// The body.
    pub body: Bytes,
}

impl Rendered {
    /// A body and its type.
    pub fn new(content_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        Self {
            content_type,
            body: body.into(),
        }
    }
}

#[cfg(test)]
impl<'a> Page<'a> {
    pub(super) fn of(problem: &'a Problem) -> Self {
        Self {
            problem,
            request_id: None,
            debug: None,
            format: Format::Json,
        }
    }
}

/// The two ways in which a client wants errors.
pub(crate) enum Wanted<'a> {
    Grpc,
    /// The renderer may leave a page to us.
    Http(&'a dyn Fn(&Page<'_>) -> Option<Rendered>),
}

/// Writes the page over `headers`, which are those of the response so far.
pub(crate) fn render(
    page: &Page<'_>,
    wanted: &Wanted<'_>,
    mut headers: HeaderMap,
) -> Response<Bytes> {
    // What the problem says takes the place of what the response said.
    for name in page.problem.headers.keys() {
        headers.remove(name);
    }
    for (name, value) in &page.problem.headers {
        headers.append(name, value.clone());
    }
    if let Some(Ok(id)) = page.request_id.map(HeaderValue::from_str) {
        headers.insert(X_REQUEST_ID, id);
    }
    let mut response = Response::new(Bytes::new());
    match wanted {
        Wanted::Grpc => grpc::write(page, &mut headers),
        Wanted::Http(renderer) => {
            let rendered = renderer(page).unwrap_or_else(|| built_in(page, &mut headers));
            headers.insert(CONTENT_LENGTH, rendered.body.len().into());
            headers.insert(CONTENT_TYPE, rendered.content_type);
            headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            add_vary(&mut headers);
            *response.status_mut() = page.problem.status;
            *response.body_mut() = rendered.body;
        }
    }
    *response.headers_mut() = headers;
    response
}

fn built_in(page: &Page<'_>, headers: &mut HeaderMap) -> Rendered {
    let body = match page.format {
        Format::Json => json::write(page),
        Format::Html => {
            // The page has a style and nothing else to load.
            let policy = "default-src 'none'; style-src 'unsafe-inline'";
            headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
            html::write(page)
        }
        Format::Text => text::write(page),
    };
    Rendered::new(HeaderValue::from_static(page.format.content_type()), body)
}

/// The form depends on `Accept`, which a cache has to know (RFC 9110 §12.5.5).
fn add_vary(headers: &mut HeaderMap) {
    let has = headers.get_all(VARY).iter().any(|value| {
        let mut members = value.as_bytes().split(|&byte| byte == b',');
        members.any(|member| {
            matches!(member.trim_ascii(), b"*")
                || member.trim_ascii().eq_ignore_ascii_case(b"accept")
        })
    });
    if !has {
        headers.append(VARY, HeaderValue::from_static("accept"));
    }
}
