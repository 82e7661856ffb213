use http::{Extensions, HeaderMap, Method, Request, Uri, Version};

/// The head of a request, for the app's own choices.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RequestHead<'a> {
    /// As it came.
    pub method: &'a Method,
    /// As the layer sees it: inside of axum's `Router::nest` without the prefix.
    pub uri: &'a Uri,
    /// As it came.
    pub version: Version,
    /// With the request id that the layer has settled.
    pub headers: &'a HeaderMap,
    /// As the layers further out have left them.
    pub extensions: &'a Extensions,
}

impl<'a> RequestHead<'a> {
    pub(crate) fn of<B>(request: &'a Request<B>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            version: request.version(),
            headers: request.headers(),
            extensions: request.extensions(),
        }
    }
}
