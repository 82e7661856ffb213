use crate::loaded::Loaded;
use axum_core::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};
use std::fmt;

/// The configuration that [`EnvLayer`](crate::EnvLayer) gave to the request.
#[cfg_attr(docsrs, doc(cfg(feature = "axum")))]
impl<S: Sync, T: Send + Sync + 'static> FromRequestParts<S> for Loaded<T> {
    type Rejection = MissingConfig;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, MissingConfig> {
        parts.extensions.get().cloned().ok_or(MissingConfig)
    }
}

/// A state that is a [`Watched`](crate::Watched) gives `State<Loaded<T>>` too:
/// what is current when it is extracted.
#[cfg(feature = "reload")]
#[cfg_attr(docsrs, doc(cfg(all(feature = "axum", feature = "reload"))))]
impl<T> axum_core::extract::FromRef<crate::Watched<T>> for Loaded<T> {
    fn from_ref(watched: &crate::Watched<T>) -> Self {
        watched.current()
    }
}

/// A handler asks for a configuration that no layer gave: a 500.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingConfig;

impl fmt::Display for MissingConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the route has no EnvLayer for this configuration")
    }
}

impl std::error::Error for MissingConfig {}

impl IntoResponse for MissingConfig {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
    }
}
