//! Stands in for buttress-error: gives the few errors that a layer answers
//! itself the format of ours. Handlers' own come from `problem.rs` already.

use crate::problem::Problem;
use axum::body::to_bytes;
use axum::http::header;
use axum::response::{IntoResponse, Response};

/// Far more than the line of text that such an error has for a body.
const LONGEST_TEXT: usize = 4096;

pub(crate) async fn rewrite(response: Response) -> Response {
    let is_text = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/plain"));
    if !response.status().is_client_error() || !is_text {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let text = to_bytes(body, LONGEST_TEXT).await.unwrap_or_default();
    let detail = String::from_utf8_lossy(text.trim_ascii());
    // The other fields stay: a 415 says by `Accept-Encoding` what would do.
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.remove(header::CONTENT_TYPE);
    let mut problem = Problem::new(head.status, detail).into_response();
    problem.headers_mut().extend(head.headers);
    problem
}
