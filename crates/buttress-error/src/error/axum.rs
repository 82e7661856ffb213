use super::Error;
use axum::response::{IntoResponse, Response};

/// As [`Error::into_http`] says.
#[cfg_attr(docsrs, doc(cfg(feature = "axum")))]
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        self.into_http()
    }
}
