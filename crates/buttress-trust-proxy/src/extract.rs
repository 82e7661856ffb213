use crate::ClientInfo;
use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};
use std::{convert::Infallible, fmt};

/// What [`TrustProxyLayer`](crate::TrustProxyLayer) found out.
#[cfg_attr(docsrs, doc(cfg(feature = "axum")))]
impl<S: Sync> FromRequestParts<S> for ClientInfo {
    type Rejection = MissingClientInfo;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, MissingClientInfo> {
        parts.extensions.get().cloned().ok_or(MissingClientInfo)
    }
}

#[cfg_attr(docsrs, doc(cfg(feature = "axum")))]
impl<S: Sync> OptionalFromRequestParts<S> for ClientInfo {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get().cloned())
    }
}

/// A handler asks for the client, and no layer has looked for it: a 500.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingClientInfo;

impl fmt::Display for MissingClientInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the route has no TrustProxyLayer")
    }
}

impl std::error::Error for MissingClientInfo {}

impl IntoResponse for MissingClientInfo {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
    }
}
