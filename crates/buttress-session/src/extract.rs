use crate::{Error, Session};
use axum_core::{
    body::Body,
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, RETRY_AFTER},
    request::Parts,
};

impl<S: Sync, T: 'static> FromRequestParts<S> for Session<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        Self::from_extensions(&parts.extensions)
    }
}

/// 503 where a moment later may be better, else 500. It says no more, for errors
/// are not for clients to read; the error itself is in the extensions, as an
/// `Arc<dyn Error + Send + Sync>`, for layers that report it.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.is_unavailable() {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        } else {
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        }
        let error: std::sync::Arc<dyn std::error::Error + Send + Sync> = std::sync::Arc::new(self);
        response.extensions_mut().insert(error);
        response
    }
}
