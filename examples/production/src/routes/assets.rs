//! Files: CSS, JavaScript, SVG, PNG and a font. The compression layer leaves
//! the last two alone, since their formats are compressed already.

use super::Router;
use crate::problem::Problem;
use axum::handler::HandlerWithoutStateExt;
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use std::path::Path;
use tower_http::services::ServeDir;

pub(crate) fn router(folder: &Path) -> Router {
    let files = ServeDir::new(folder)
        .append_index_html_on_directories(false)
        .call_fallback_on_method_not_allowed(true)
        .fallback(not_served.into_service());
    Router::new().nest_service("/assets", files)
}

/// By itself `ServeDir` answers an empty 404 or 405; ours look like all others.
async fn not_served(method: Method) -> Response {
    if matches!(method, Method::GET | Method::HEAD) {
        return Problem::not_found("there is no such file in /assets").into_response();
    }
    let allow = [(header::ALLOW, "GET,HEAD")];
    (allow, Problem::method_not_allowed().await).into_response()
}
