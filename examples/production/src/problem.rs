//! One format for every error that the app answers: RFC 9457's problem
//! details. A client that can read one of them can read all of them.

use axum::Json;
use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::fmt;

/// An error as the client sees it: a status, and a detail that is meant for
/// it. What is private goes to [`Problem::internal`], and from there only to
/// the log.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: Option<String>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: Some(detail.into()),
        }
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    pub(crate) fn unsupported_media_type(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
    }

    /// A handler too, so that the router can answer with it.
    pub(crate) async fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "this route does not have this method",
        )
    }

    /// Our own fault. The cause may hold anything, a password in a connection
    /// string for one, so the client learns no more than that it happened.
    pub(crate) fn internal(cause: impl fmt::Display) -> Self {
        eprintln!("internal error: {cause}");
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            detail: None,
        }
    }
}

/// The members of RFC 9457 §3.1 that are in use here.
#[derive(Serialize)]
struct Members {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let members = Members {
            // It says no more than the status does (RFC 9457 §4.2.1).
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: self.detail,
        };
        let content_type = HeaderValue::from_static("application/problem+json");
        let headers = [(header::CONTENT_TYPE, content_type)];
        (self.status, headers, Json(members)).into_response()
    }
}

/// axum answers its own rejections in plain text; these give them our format.
macro_rules! from_rejection {
    ($($rejection:ty),+) => {$(
        impl From<$rejection> for Problem {
            fn from(rejection: $rejection) -> Self {
                Self::new(rejection.status(), rejection.body_text())
            }
        }
    )+};
}

from_rejection!(BytesRejection, JsonRejection, PathRejection, QueryRejection);
