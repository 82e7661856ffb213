use crate::ResponseBody;
use http::{HeaderValue, Response, StatusCode, header::RETRY_AFTER};

/// Why the balancer answered a request with 503 itself. It stands in the extensions of
/// that response, for layers around it that make a page of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no endpoint, or all are out.
    NoEndpoint,
    /// None of those that were tried could be reached.
    Unreachable,
    /// All have as much in flight as they may, or do not get ready.
    Overloaded,
}

impl Refusal {
    /// The answer, with a hint when to come again.
    pub(crate) fn response<B>(self, retry_after: u64) -> Response<ResponseBody<B>> {
        let mut response = Response::new(ResponseBody::empty());
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        let seconds = retry_after.div_ceil(1_000_000_000).clamp(1, 120);
        let headers = response.headers_mut();
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        headers.insert(http::header::CONTENT_LENGTH, HeaderValue::from(0));
        response.extensions_mut().insert(self);
        response
    }
}
